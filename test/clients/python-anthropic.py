"""The features of the table with the official Anthropic client for Python; scripts.ts starts it."""

import json

from anthropic import Anthropic, APIError, BadRequestError
from shared import GIVEN, check, run

A = GIVEN["answers"]
client = Anthropic(base_url=GIVEN["url"], api_key="sk-fake-client", max_retries=0)

TOOLS = [
    {"name": call["name"], "input_schema": {"type": "object", "properties": {key: {} for key in call["input"]}}}
    for call in A["CALLS"]
]


def ask(content, **more):
    return {
        "model": GIVEN["model"],
        "max_tokens": 8192,
        "messages": [{"role": "user", "content": content}],
        **more,
    }


def streamed(body):
    with client.messages.stream(**body) as stream:
        return stream.get_final_message()


def blocks_of(message):
    return [block.model_dump(exclude_none=True) for block in message.content]


def text_of(message):
    return "".join(block.text for block in message.content if block.type == "text")


def both(body):
    one, other = client.messages.create(**body), streamed(body)
    check(other.stop_reason, one.stop_reason)
    check(text_of(other), text_of(one))
    check([block.type for block in other.content], [block.type for block in one.content])
    return one


def text():
    reply = client.messages.create(**ask("Hello?", system="Be brief."))
    check(text_of(reply), A["TEXT"])
    check(reply.stop_reason, "end_turn")
    cached = GIVEN["tokens"]["cached"] or 0
    check((reply.usage.input_tokens, reply.usage.output_tokens), (GIVEN["tokens"]["prompt"] - cached, 7))
    check(reply.usage.cache_read_input_tokens or 0, cached)


def streaming():
    with client.messages.stream(**ask("Hello?")) as stream:
        words = list(stream.text_stream)
        reply = stream.get_final_message()
    check(len(words), 3)
    check("".join(words), A["TEXT"])
    check((reply.stop_reason, reply.usage.output_tokens), ("end_turn", 7))


def parallel_tools():
    body = ask("The weather and the time?", tools=TOOLS)
    reply = both(body)
    check(reply.stop_reason, "tool_use")
    calls = [block for block in reply.content if block.type == "tool_use"]
    check([{"name": call.name, "input": call.input} for call in calls], A["CALLS"])
    results = [
        {"type": "tool_result", "tool_use_id": call.id, "content": f"result {index}"}
        for index, call in enumerate(calls)
    ]
    turns = [{"role": "assistant", "content": blocks_of(reply)}, {"role": "user", "content": results}]
    after = both({**body, "messages": [*body["messages"], *turns]})
    check(text_of(after), "The tools said: result 0, result 1")


def images():
    source = {"type": "base64", "media_type": "image/png", "data": A["PICTURE"]}
    content = [{"type": "image", "source": source}, {"type": "text", "text": "What is this?"}]
    check(text_of(both(ask(content))), "I see image/png")


def json_schema():
    schema = {
        "type": "object",
        "properties": {"title": {"type": "string"}, "days": {"type": "integer"}},
        "required": ["title", "days"],
        "additionalProperties": False,
    }
    body = ask("Plan a trip", output_config={"format": {"type": "json_schema", "schema": schema}})
    check(json.loads(text_of(both(body))), A["TRIP"])


def thinking():
    body = ask("Think!", thinking={"type": "enabled", "budget_tokens": 2048})
    reply = both(body)
    signed = GIVEN["seals"]
    check(reply.content[0].thinking, A["THOUGHT"])
    check(reply.content[0].signature, A["SIGNATURE"] if signed else "")
    check(text_of(reply), A["DONE"])
    turns = [{"role": "assistant", "content": blocks_of(reply)}, {"role": "user", "content": "And again"}]
    again = both({**body, "messages": [*body["messages"], *turns]})
    check(text_of(again), "Thought before: " + A["SIGNATURE"] if signed else A["DONE"])


def error_before():
    for stream in (False, True):
        try:
            client.messages.create(**ask(A["FAIL_BEFORE"]), stream=stream)
        except BadRequestError as error:
            check(error.body["error"], {"type": "invalid_request_error", "message": A["REFUSAL"]})
        else:
            raise AssertionError("it was answered")


def error_within():
    said = ""
    try:
        with client.messages.stream(**ask(A["FAIL_WITHIN"])) as stream:
            for word in stream.text_stream:
                said += word
    except APIError as error:
        check(error.body["type"], "error")
        message = error.body["error"]["message"]
        check(A["BROKE"] in message or "incomplete" in message, True)
    else:
        raise AssertionError("it ended as if it were whole")
    check(said.startswith("Hello"), True)


run([text, streaming, parallel_tools, images, json_schema, thinking, error_before, error_within])
