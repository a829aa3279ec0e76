"""The features of the table with OpenAI's Agents SDK; scripts.ts starts it."""

import asyncio
import json

from agents import (
    Agent,
    ModelSettings,
    OpenAIChatCompletionsModel,
    OpenAIResponsesModel,
    Runner,
    function_tool,
    set_tracing_disabled,
)
from openai import AsyncOpenAI, BadRequestError
from openai.types.shared import Reasoning
from pydantic import BaseModel
from shared import GIVEN, check, run

A = GIVEN["answers"]
set_tracing_disabled(True)
# One for all calls: connections of the client belong to it.
LOOP = asyncio.new_event_loop()
RESPONSES = "`openai-agents`"


def agent(**more):
    client = AsyncOpenAI(base_url=GIVEN["url"] + "/v1", api_key="sk-fake-client", max_retries=0)
    kind = OpenAIResponsesModel if GIVEN["client"] == RESPONSES else OpenAIChatCompletionsModel
    model = kind(model=GIVEN["model"], openai_client=client)
    return Agent(name="assistant", model=model, **more)


def ask(one, asked):
    return LOOP.run_until_complete(Runner.run(one, asked))


def streamed(one, asked, words=None):
    async def read():
        result = Runner.run_streamed(one, asked)
        async for event in result.stream_events():
            if event.type == "raw_response_event" and event.data.type == "response.output_text.delta":
                if words is not None:
                    words.append(event.data.delta)
        return result

    return LOOP.run_until_complete(read())


def both(one, asked):
    result = ask(one, asked)
    check(streamed(one, asked).final_output, result.final_output)
    return result


def text():
    result = ask(agent(instructions="Be brief."), "Hello?")
    check(result.final_output, A["TEXT"])
    usage = result.context_wrapper.usage
    check((usage.input_tokens, usage.output_tokens), (GIVEN["tokens"]["prompt"], 7))


def streaming():
    words = []
    result = streamed(agent(), "Hello?", words)
    check(len(words), 3)
    check("".join(words), A["TEXT"])
    check(result.final_output, A["TEXT"])


def parallel_tools():
    got = []

    @function_tool
    def get_weather(city: str) -> str:
        got.append({"name": "get_weather", "input": {"city": city}})
        return "result 0"

    @function_tool
    def get_time(zone: str, offset: int) -> str:
        got.append({"name": "get_time", "input": {"zone": zone, "offset": offset}})
        return "result 1"

    result = both(agent(tools=[get_weather, get_time]), "The weather and the time?")
    by_name = {call["name"]: call for call in got}
    check([by_name[call["name"]] for call in A["CALLS"]], A["CALLS"])
    check(result.final_output, "The tools said: result 0, result 1")


def images():
    picture = {"type": "input_image", "image_url": "data:image/png;base64," + A["PICTURE"], "detail": "auto"}
    content = [{"type": "input_text", "text": "What is this?"}, picture]
    check(both(agent(), [{"role": "user", "content": content}]).final_output, "I see image/png")


class Trip(BaseModel):
    title: str
    days: int


def json_schema():
    check(both(agent(output_type=Trip), "Plan a trip").final_output.model_dump(), A["TRIP"])


def thinking():
    sealed = GIVEN["client"] == RESPONSES
    settings = ModelSettings(
        reasoning=Reasoning(effort="medium", summary="auto") if sealed else Reasoning(effort="medium"),
        response_include=["reasoning.encrypted_content"] if sealed else None,
        max_tokens=8192,
        store=False if sealed else None,
    )
    one = agent(model_settings=settings)
    result = both(one, "Think!")
    check(result.final_output, A["DONE"])
    thoughts = [item.raw_item for item in result.new_items if item.type == "reasoning_item"]
    hidden = GIVEN["summarises"] and not sealed
    check([part.text for item in thoughts for part in item.summary], [] if hidden else [A["THOUGHT"]])
    again = both(one, [*result.to_input_list(), {"role": "user", "content": "And again"}])
    check(again.final_output, "Thought before: " + A["SIGNATURE"] if sealed and GIVEN["seals"] else A["DONE"])


def error_before():
    for work in (ask, streamed):
        try:
            work(agent(), A["FAIL_BEFORE"])
        except BadRequestError as error:
            check(A["REFUSAL"] in error.message, True)
        else:
            raise AssertionError("it was answered")


def error_within():
    words = []
    try:
        streamed(agent(), A["FAIL_WITHIN"], words)
    except Exception as error:
        check(A["BROKE"] in str(error) or "incomplete" in str(error), True)
    else:
        raise AssertionError("it ended as if it were whole")
    check("".join(words).startswith("Hello"), True)


run([text, streaming, parallel_tools, images, json_schema, thinking, error_before, error_within])
