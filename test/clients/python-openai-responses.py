"""The features of the table with the official OpenAI client for Python on the Responses wire; scripts.ts starts it."""

import json

from openai import APIError, BadRequestError, OpenAI
from pydantic import BaseModel
from shared import GIVEN, check, run

A = GIVEN["answers"]
client = OpenAI(base_url=GIVEN["url"] + "/v1", api_key="sk-fake-client", max_retries=0)

TOOLS = [
    {
        "type": "function",
        "name": call["name"],
        "strict": False,
        "parameters": {"type": "object", "properties": {key: {} for key in call["input"]}},
    }
    for call in A["CALLS"]
]


def ask(content, **more):
    return {"model": GIVEN["model"], "input": [{"role": "user", "content": content}], "store": False, **more}


def streamed(body):
    with client.responses.stream(**body) as stream:
        return stream.get_final_response()


def calls_of(response):
    return [
        {"name": item.name, "input": json.loads(item.arguments)}
        for item in response.output
        if item.type == "function_call"
    ]


def both(body):
    one, other = client.responses.create(**body), streamed(body)
    check(other.status, one.status)
    check(other.output_text, one.output_text)
    check(calls_of(other), calls_of(one))
    return one


def after(body, reply, *items):
    sent = [item.model_dump(exclude_none=True) for item in reply.output]
    return both({**body, "input": [*body["input"], *sent, *items]})


def text():
    reply = client.responses.create(**ask("Hello?"), instructions="Be brief.")
    check((reply.status, reply.output_text), ("completed", A["TEXT"]))
    check(reply.usage.input_tokens, GIVEN["tokens"]["prompt"])
    check(reply.usage.input_tokens_details.cached_tokens, GIVEN["tokens"]["cached"] or 0)
    check(reply.usage.total_tokens, 28)


def streaming():
    events = list(client.responses.create(**ask("Hello?"), stream=True))
    words = [event.delta for event in events if event.type == "response.output_text.delta"]
    check(len(words), 3)
    check("".join(words), A["TEXT"])
    check([event.sequence_number for event in events], list(range(len(events))))
    check((events[0].type, events[-1].type), ("response.created", "response.completed"))


def parallel_tools():
    body = ask("The weather and the time?", tools=TOOLS)
    reply = both(body)
    check(calls_of(reply), A["CALLS"])
    calls = [item for item in reply.output if item.type == "function_call"]
    results = [
        {"type": "function_call_output", "call_id": call.call_id, "output": f"result {index}"}
        for index, call in enumerate(calls)
    ]
    check(after(body, reply, *results).output_text, "The tools said: result 0, result 1")


def images():
    picture = {"type": "input_image", "image_url": "data:image/png;base64," + A["PICTURE"], "detail": "auto"}
    content = [{"type": "input_text", "text": "What is this?"}, picture]
    check(both(ask(content)).output_text, "I see image/png")


class Trip(BaseModel):
    title: str
    days: int


def json_schema():
    reply = client.responses.parse(**ask("Plan a trip"), text_format=Trip)
    check(reply.output_parsed.model_dump(), A["TRIP"])
    check(streamed(ask("Plan a trip", text_format=Trip)).output_parsed.model_dump(), A["TRIP"])


def thinking():
    reasoning = {"effort": "medium", "summary": "auto"}
    body = ask("Think!", reasoning=reasoning, include=["reasoning.encrypted_content"], max_output_tokens=8192)
    reply = both(body)
    check(reply.output_text, A["DONE"])
    check(reply.output[0].summary[0].text, A["THOUGHT"])
    again = after(body, reply, {"role": "user", "content": "And again"})
    check(again.output_text, "Thought before: " + A["SIGNATURE"] if GIVEN["seals"] else A["DONE"])


def error_before():
    for stream in (False, True):
        try:
            client.responses.create(**ask(A["FAIL_BEFORE"]), stream=stream)
        except BadRequestError as error:
            check(A["REFUSAL"] in error.message, True)
        else:
            raise AssertionError("it was answered")


def error_within():
    said, failed = "", None
    try:
        for event in client.responses.create(**ask(A["FAIL_WITHIN"]), stream=True):
            if event.type == "response.output_text.delta":
                said += event.delta
            elif event.type == "error":
                failed = event.message
            elif event.type == "response.failed":
                failed = event.response.error.message
    except APIError as error:
        failed = error.message
    check(failed is not None and (A["BROKE"] in failed or "incomplete" in failed), True)
    check(said.startswith("Hello"), True)


run([text, streaming, parallel_tools, images, json_schema, thinking, error_before, error_within])
