"""The features of the table with Ollama's own client for Python; scripts.ts starts it."""

import json

from ollama import Client, ResponseError
from shared import GIVEN, check, run

A = GIVEN["answers"]
client = Client(host=GIVEN["url"])

TOOLS = [
    {
        "type": "function",
        "function": {
            "name": call["name"],
            "description": "",
            "parameters": {"type": "object", "properties": {key: {"type": "string"} for key in call["input"]}},
        },
    }
    for call in A["CALLS"]
]


def ask(content, **more):
    return {"model": GIVEN["model"], "messages": [{"role": "user", "content": content}], **more}


def calls_of(message):
    return [
        {"name": call.function.name, "input": dict(call.function.arguments)} for call in message.tool_calls or []
    ]


def both(body):
    one = client.chat(**body)
    parts = list(client.chat(**body, stream=True))
    check(parts[-1].done_reason, one.done_reason)
    check("".join(part.message.content or "" for part in parts), one.message.content or "")
    check("".join(part.message.thinking or "" for part in parts), one.message.thinking or "")
    check([call for part in parts for call in calls_of(part.message)], calls_of(one.message))
    return one


def text():
    reply = client.chat(**ask("Hello?"))
    check((reply.done, reply.done_reason, reply.message.content), (True, "stop", A["TEXT"]))
    check((reply.prompt_eval_count, reply.eval_count), (GIVEN["tokens"]["prompt"], 7))


def streaming():
    parts = list(client.chat(**ask("Hello?"), stream=True))
    words = [part.message.content for part in parts if part.message.content]
    check(len(words), 3)
    check("".join(words), A["TEXT"])
    check([part.done for part in parts], [False] * (len(parts) - 1) + [True])
    check(parts[-1].eval_count, 7)


def parallel_tools():
    body = ask("The weather and the time?", tools=TOOLS)
    reply = both(body)
    check(calls_of(reply.message), A["CALLS"])
    results = [
        {"role": "tool", "tool_name": call["name"], "content": f"result {index}"}
        for index, call in enumerate(A["CALLS"])
    ]
    after = both({**body, "messages": [*body["messages"], reply.message, *results]})
    check(after.message.content, "The tools said: result 0, result 1")


def images():
    body = ask("What is this?")
    body["messages"][0]["images"] = [A["PICTURE"]]
    check(both(body).message.content, "I see image/png")


def json_schema():
    schema = {
        "type": "object",
        "properties": {"title": {"type": "string"}, "days": {"type": "integer"}},
        "required": ["title", "days"],
    }
    check(json.loads(both(ask("Plan a trip", format=schema)).message.content), A["TRIP"])


def thinking():
    body = ask("Think!", think="medium", options={"num_predict": 8192})
    message = both(body).message
    check((message.content, message.thinking), (A["DONE"], None if GIVEN["summarises"] else A["THOUGHT"]))
    turns = [*body["messages"], message, {"role": "user", "content": "And again"}]
    check(both({**body, "messages": turns}).message.content, A["DONE"])


def error_before():
    for stream in (False, True):
        try:
            reply = client.chat(**ask(A["FAIL_BEFORE"]), stream=stream)
            if stream:
                list(reply)
        except ResponseError as error:
            check((error.status_code, error.error), (400, A["REFUSAL"]))
        else:
            raise AssertionError("it was answered")


def error_within():
    said = ""
    try:
        for part in client.chat(**ask(A["FAIL_WITHIN"]), stream=True):
            said += part.message.content or ""
    except ResponseError as error:
        check(A["BROKE"] in error.error or "incomplete" in error.error, True)
    else:
        raise AssertionError("it ended as if it were whole")
    check(said.startswith("Hello"), True)


run([text, streaming, parallel_tools, images, json_schema, thinking, error_before, error_within])
