"""The features of the table with the official OpenAI client for Python; scripts.ts starts it."""

import json

from openai import APIError, BadRequestError, OpenAI
from shared import GIVEN, check, run

A = GIVEN["answers"]
client = OpenAI(base_url=GIVEN["url"] + "/v1", api_key="sk-fake-client", max_retries=0)

TOOLS = [
    {
        "type": "function",
        "function": {
            "name": call["name"],
            "parameters": {"type": "object", "properties": {key: {} for key in call["input"]}},
        },
    }
    for call in A["CALLS"]
]


def ask(content, **more):
    return {"model": GIVEN["model"], "messages": [{"role": "user", "content": content}], **more}


def whole(body):
    return client.chat.completions.create(**body).choices[0]


def streamed(body):
    with client.chat.completions.stream(**body) as stream:
        return stream.get_final_completion().choices[0]


def calls_of(message):
    return [
        {"name": call.function.name, "input": json.loads(call.function.arguments)}
        for call in message.tool_calls or []
    ]


def both(body):
    one, other = whole(body), streamed(body)
    check(other.finish_reason, one.finish_reason)
    check(other.message.content or "", one.message.content or "")
    check(calls_of(other.message), calls_of(one.message))
    return one


def text():
    reply = client.chat.completions.create(**ask("Hello?"))
    check(reply.choices[0].message.content, A["TEXT"])
    check(reply.choices[0].finish_reason, "stop")
    check(reply.usage.prompt_tokens, 21)
    if GIVEN["tokens"]["cached"] is not None:
        check(reply.usage.prompt_tokens_details.cached_tokens, GIVEN["tokens"]["cached"])


def streaming():
    body = ask("Hello?", stream=True, stream_options={"include_usage": True})
    chunks = list(client.chat.completions.create(**body))
    words = [c.choices[0].delta.content for c in chunks if c.choices and c.choices[0].delta.content]
    check(len(words), 3)
    check("".join(words), A["TEXT"])
    check(chunks[-2].choices[0].finish_reason, "stop")
    check(chunks[-1].choices, [])
    check(chunks[-1].usage.total_tokens, 28)


def parallel_tools():
    body = ask("The weather and the time?", tools=TOOLS)
    choice = both(body)
    check(choice.finish_reason, "tool_calls")
    check(calls_of(choice.message), A["CALLS"])
    results = [
        {"role": "tool", "tool_call_id": call.id, "content": f"result {index}"}
        for index, call in enumerate(choice.message.tool_calls)
    ]
    sent = choice.message.model_dump(exclude_none=True)
    after = both({**body, "messages": [*body["messages"], sent, *results]})
    check(after.message.content, "The tools said: result 0, result 1")


def images():
    picture = {"url": "data:image/png;base64," + A["PICTURE"]}
    content = [{"type": "text", "text": "What is this?"}, {"type": "image_url", "image_url": picture}]
    check(both(ask(content)).message.content, "I see image/png")


def json_schema():
    from pydantic import BaseModel

    class Trip(BaseModel):
        title: str
        days: int

    reply = client.chat.completions.parse(**ask("Plan a trip"), response_format=Trip)
    check(reply.choices[0].message.parsed.model_dump(), A["TRIP"])
    check(streamed(ask("Plan a trip", response_format=Trip)).message.parsed.model_dump(), A["TRIP"])


def thinking():
    body = ask("Think!", reasoning_effort="medium", max_completion_tokens=8192)
    message = both(body).message
    check(message.content, A["DONE"])
    check(getattr(message, "reasoning_content", None), None if GIVEN["summarises"] else A["THOUGHT"])
    sent = message.model_dump(exclude_none=True)
    again = both({**body, "messages": [*body["messages"], sent, {"role": "user", "content": "And again"}]})
    check(again.message.content, "Thought before: " + A["SIGNATURE"] if GIVEN["seals"] else A["DONE"])


def error_before():
    for stream in (False, True):
        try:
            client.chat.completions.create(**ask(A["FAIL_BEFORE"]), stream=stream)
        except BadRequestError as error:
            check(error.status_code, 400)
            check(A["REFUSAL"] in error.message, True)
        else:
            raise AssertionError("it was answered")


def error_within():
    said = ""
    try:
        for chunk in client.chat.completions.create(**ask(A["FAIL_WITHIN"]), stream=True):
            said += chunk.choices[0].delta.content or ""
    except APIError as error:
        check(A["BROKE"] in error.message or "incomplete" in error.message, True)
    else:
        raise AssertionError("it ended as if it were whole")
    check(said.startswith("Hello"), True)


run([text, streaming, parallel_tools, images, json_schema, thinking, error_before, error_within])
