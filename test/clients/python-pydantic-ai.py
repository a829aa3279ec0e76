"""The features of the table with Pydantic AI and its models; scripts.ts starts it."""

import base64

from pydantic import BaseModel
from pydantic_ai import Agent, BinaryContent, ModelHTTPError, Tool
from pydantic_ai.messages import ThinkingPart, ToolCallPart
from pydantic_ai.models.anthropic import AnthropicModel, AnthropicModelSettings
from pydantic_ai.models.openai import (
    OpenAIChatModel,
    OpenAIChatModelSettings,
    OpenAIResponsesModel,
    OpenAIResponsesModelSettings,
)
from pydantic_ai.profiles.openai import OpenAIModelProfile
from pydantic_ai.providers.anthropic import AnthropicProvider
from pydantic_ai.providers.openai import OpenAIProvider
from shared import GIVEN, check, run

A = GIVEN["answers"]
KEY = "sk-fake-client"


def of_openai(kind, **more):
    provider = {"base_url": GIVEN["url"] + "/v1", "api_key": KEY}
    return lambda: kind(GIVEN["model"], provider=OpenAIProvider(**provider), **more)


# Without it encrypted reasoning is kept only for OpenAI's own names of models.
SEALED = OpenAIModelProfile(openai_supports_reasoning=True, openai_supports_encrypted_reasoning_content=True)


# By the client's name: its model, the settings with which it thinks, and whether it sends signatures back.
CLIENTS = {
    "`pydantic-ai`, `OpenAIChatModel`": (
        of_openai(OpenAIChatModel),
        OpenAIChatModelSettings(openai_reasoning_effort="medium", max_tokens=8192),
        False,
    ),
    "`pydantic-ai`, `OpenAIResponsesModel`": (
        of_openai(OpenAIResponsesModel, profile=SEALED),
        OpenAIResponsesModelSettings(
            openai_reasoning_effort="medium", openai_reasoning_summary="auto", max_tokens=8192
        ),
        True,
    ),
    "`pydantic-ai`, `AnthropicModel`": (
        lambda: AnthropicModel(
            GIVEN["model"], provider=AnthropicProvider(base_url=GIVEN["url"], api_key=KEY)
        ),
        AnthropicModelSettings(
            anthropic_thinking={"type": "enabled", "budget_tokens": 2048}, max_tokens=8192
        ),
        True,
    ),
}


def agent(**more):
    return Agent(CLIENTS[GIVEN["client"]][0](), retries=0, **more)


def text():
    result = agent(instructions="Be brief.").run_sync("Hello?")
    check(result.output, A["TEXT"])
    check((result.usage.input_tokens, result.usage.output_tokens), (GIVEN["tokens"]["prompt"], 7))


def streaming():
    result = agent().run_stream_sync("Hello?")
    words = list(result.stream_text(delta=True, debounce_by=None))
    check(len(words), 3)
    check("".join(words), A["TEXT"])
    check(result.usage.output_tokens, 7)


def parallel_tools():
    def get_weather(city: str) -> str:
        check({"city": city}, A["CALLS"][0]["input"])
        return "result 0"

    def get_time(zone: str, offset: int) -> str:
        check({"zone": zone, "offset": offset}, A["CALLS"][1]["input"])
        return "result 1"

    one = agent(tools=[Tool(get_weather), Tool(get_time)])
    result = one.run_sync("The weather and the time?")
    calls = [part for message in result.all_messages() for part in message.parts if isinstance(part, ToolCallPart)]
    check([{"name": call.tool_name, "input": call.args_as_dict()} for call in calls], A["CALLS"])
    check(result.output, "The tools said: result 0, result 1")
    check(one.run_stream_sync("The weather and the time?").get_output(), result.output)


def images():
    picture = BinaryContent(base64.b64decode(A["PICTURE"]), media_type="image/png")
    asked = ["What is this?", picture]
    check(agent().run_sync(asked).output, "I see image/png")
    check(agent().run_stream_sync(asked).get_output(), "I see image/png")


class Trip(BaseModel):
    title: str
    days: int


def json_schema():
    one = agent(output_type=Trip)
    check(one.run_sync("Plan a trip").output.model_dump(), A["TRIP"])
    check(one.run_stream_sync("Plan a trip").get_output().model_dump(), A["TRIP"])


def thinking():
    _, settings, keeps = CLIENTS[GIVEN["client"]]
    one = agent(model_settings=settings)
    result = one.run_sync("Think!")
    check(result.output, A["DONE"])
    thoughts = [part for message in result.all_messages() for part in message.parts if isinstance(part, ThinkingPart)]
    hidden = GIVEN["summarises"] and not keeps
    check([part.content for part in thoughts], [] if hidden else [A["THOUGHT"]])
    again = one.run_sync("And again", message_history=result.all_messages())
    check(again.output, "Thought before: " + A["SIGNATURE"] if keeps and GIVEN["seals"] else A["DONE"])


def error_before():
    for ask in (agent().run_sync, lambda asked: agent().run_stream_sync(asked).get_output()):
        try:
            ask(A["FAIL_BEFORE"])
        except ModelHTTPError as error:
            check((error.status_code, A["REFUSAL"] in str(error)), (400, True))
        else:
            raise AssertionError("it was answered")


def error_within():
    said = ""
    try:
        for word in agent().run_stream_sync(A["FAIL_WITHIN"]).stream_text(delta=True, debounce_by=None):
            said += word
    except Exception as error:
        check(A["BROKE"] in str(error) or "incomplete" in str(error), True)
    else:
        raise AssertionError("it ended as if it were whole")
    check(said.startswith("Hello"), True)


run([text, streaming, parallel_tools, images, json_schema, thinking, error_before, error_within])
