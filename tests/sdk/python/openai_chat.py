"""`openai` against chat completions, the models and the errors of the gateway."""

import asyncio
import json

import openai
from openai import AsyncOpenAI, OpenAI
from pydantic import BaseModel

from checks import GATEWAY, check, check_on_each, raises, run

OPTIONS = {"base_url": f"{GATEWAY}/v1", "api_key": "any", "max_retries": 0}
client = OpenAI(**OPTIONS)


class Person(BaseModel):
    name: str
    age: int


class get_weather(BaseModel):
    """The weather of a city."""

    city: str


class find_population(BaseModel):
    """How many live in a city."""

    city: str


TOOLS = [openai.pydantic_function_tool(get_weather), openai.pydantic_function_tool(find_population)]


def user(text):
    return {"role": "user", "content": text}


@check_on_each("answers")
def _(upstream):
    answer = client.chat.completions.create(
        model=f"model-{upstream}", messages=[{"role": "system", "content": "Be kind."}, user("Hello, world!")]
    )
    assert "Hello, world!" in answer.choices[0].message.content
    assert answer.choices[0].finish_reason == "stop"
    usage = answer.usage
    assert usage.prompt_tokens > 0 and usage.completion_tokens > 0
    assert usage.total_tokens == usage.prompt_tokens + usage.completion_tokens


@check_on_each("streams, with its usage")
def _(upstream):
    chunks = list(
        client.chat.completions.create(
            model=f"model-{upstream}",
            messages=[user("Hello, stream!")],
            stream=True,
            stream_options={"include_usage": True},
        )
    )
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    assert "Hello, stream!" in text, text
    assert chunks[-1].choices == [] and chunks[-1].usage.completion_tokens > 0


@check_on_each("streams by the helper, whose events add up to the answer")
def _(upstream):
    with client.chat.completions.stream(
        model=f"model-{upstream}", messages=[user("A person")], response_format=Person
    ) as stream:
        kinds = [event.type for event in stream]
        final = stream.get_final_completion()
    assert "content.delta" in kinds and "content.done" in kinds, kinds
    assert isinstance(final.choices[0].message.parsed, Person)


@check_on_each("calls two tools at once, streamed, and uses their results")
def _(upstream):
    question = user("Use get_weather and find_population for Berlin")
    with client.chat.completions.stream(
        model=f"model-{upstream}", messages=[question], tools=TOOLS, parallel_tool_calls=True
    ) as stream:
        stream.until_done()
        choice = stream.get_final_completion().choices[0]
    calls = choice.message.tool_calls
    assert choice.finish_reason == "tool_calls"
    assert [type(call.function.parsed_arguments) for call in calls] == [get_weather, find_population]
    results = [
        {"role": "tool", "tool_call_id": call.id, "content": result}
        for call, result in zip(calls, ["21 degrees", "3 million"])
    ]
    second = client.chat.completions.create(
        model=f"model-{upstream}",
        messages=[question, choice.message.to_dict(), *results],
        tools=TOOLS,
    )
    text = second.choices[0].message.content
    assert "21 degrees" in text and "3 million" in text, text


@check_on_each("calls the tool that it has to")
def _(upstream):
    # Its words name the tool, since Ollama's own API has no way to force one.
    answer = client.chat.completions.create(
        model=f"model-{upstream}",
        messages=[user("What is the weather?")],
        tools=TOOLS,
        tool_choice={"type": "function", "function": {"name": "get_weather"}},
    )
    call = answer.choices[0].message.tool_calls[0]
    assert call.function.name == "get_weather"
    assert isinstance(json.loads(call.function.arguments)["city"], str)


@check_on_each("parses an answer into a class of pydantic's")
def _(upstream):
    answer = client.chat.completions.parse(
        model=f"model-{upstream}", messages=[user("A person")], response_format=Person
    )
    assert isinstance(answer.choices[0].message.parsed, Person)


@check_on_each("says that an answer was cut")
def _(upstream):
    with raises(openai.LengthFinishReasonError):
        client.chat.completions.parse(
            model=f"model-{upstream}", messages=[user("A person")], response_format=Person, max_tokens=1
        )


@check_on_each("raises the SDK's own errors")
def _(upstream):
    def ask(behaviour):
        client.chat.completions.create(model=f"{behaviour}-{upstream}", messages=[user("x")])

    with raises(openai.BadRequestError) as wrong:
        ask("wrong")
    assert wrong.error.status_code == 400 and wrong.error.request_id
    with raises(openai.InternalServerError) as down:
        ask("down")
    assert down.error.status_code == 503


# Once: the gateway waits the second that the upstream asks for.
@check("hears that there is too much")
def _():
    with raises(openai.RateLimitError) as busy:
        client.chat.completions.create(model="busy-anthropic", messages=[user("x")])
    assert busy.error.response.headers["retry-after"] == "1"


@check_on_each("hears of a stream that breaks")
def _(upstream):
    for behaviour in ["broken", "failing"]:
        with raises(openai.APIError):
            for _ in client.chat.completions.create(
                model=f"{behaviour}-{upstream}",
                messages=[user("Say a few words more than three, please.")],
                stream=True,
            ):
                pass


@check_on_each("gives up waiting")
def _(upstream):
    with raises(openai.APITimeoutError):
        client.with_options(timeout=0.2).chat.completions.create(
            model=f"slow-{upstream}", messages=[user("x")], stream=True
        )
    return {"cancelled": f"slow-{upstream}"}


@check_on_each("leaves in the middle of a stream")
def _(upstream):
    with client.chat.completions.create(
        model=f"paced-{upstream}", messages=[user("Go on and on")], stream=True
    ) as stream:
        for _ in zip(range(3), stream):
            pass
    return {"cancelled": f"paced-{upstream}"}


@check_on_each("answers the asynchronous client, many at once")
async def _(upstream):
    async with AsyncOpenAI(**OPTIONS) as asynchronous:

        async def ask(text):
            stream = await asynchronous.chat.completions.create(
                model=f"model-{upstream}", messages=[user(text)], stream=True
            )
            return "".join([chunk.choices[0].delta.content or "" async for chunk in stream if chunk.choices])

        texts = await asyncio.gather(*(ask(f"number {n}.") for n in range(8)))
    assert all(f"number {n}." in text for n, text in enumerate(texts)), texts


@check("a task of the asynchronous client is cancelled")
async def _():
    async with AsyncOpenAI(**OPTIONS) as asynchronous:
        begun = asyncio.Event()

        async def ask():
            stream = await asynchronous.chat.completions.create(
                model="paced-openai", messages=[user("Go on and on, asynchronously")], stream=True
            )
            async for _ in stream:
                begun.set()

        task = asyncio.create_task(ask())
        await begun.wait()
        task.cancel()
        with raises(asyncio.CancelledError):
            await task
    return {"cancelled": "paced-openai"}


@check("is not told to try again what the gateway tried again")
def _():
    requests = []
    counting = openai.DefaultHttpxClient(event_hooks={"request": [requests.append]})
    with OpenAI(**{**OPTIONS, "max_retries": 2}, http_client=counting) as retrying:
        with raises(openai.InternalServerError) as down:
            retrying.chat.completions.create(model="down-chat", messages=[user("x")])
    assert len(requests) == 1, requests
    assert down.error.response.headers["x-gateway-attempts"] == "2"


@check("names the nearest model where there is none of that name")
def _():
    with raises(openai.NotFoundError) as caught:
        client.chat.completions.create(model="model-opnai", messages=[user("x")])
    assert caught.error.code == "model_not_found" and "model-openai" in caught.error.message


@check("names what is wrong with a request")
def _():
    with raises(openai.BadRequestError) as caught:
        client.chat.completions.create(model="model-anthropic", messages="x")
    assert caught.error.param == "messages"


@check("cannot reach what is not there")
def _():
    with raises(openai.APIConnectionError):
        OpenAI(**{**OPTIONS, "base_url": "http://127.0.0.1:1/v1"}).models.list()


@check("gives the raw answer with the gateway's headers")
def _():
    raw = client.chat.completions.with_raw_response.create(model="model-chat", messages=[user("x")])
    assert raw.headers["x-gateway-provider"] == "chat"
    assert raw.parse().choices[0].message.content


@check("lists models")
def _():
    assert "model-openai" in [model.id for model in client.models.list()]
    assert client.models.retrieve("model-openai").id == "model-openai"


@check("asks a deployment by Azure's client")
def _():
    azure = openai.AzureOpenAI(azure_endpoint=GATEWAY, api_key="any", api_version="2025-04-01-preview", max_retries=0)
    answer = azure.chat.completions.create(model="model-anthropic", messages=[user("Hello, Azure!")])
    assert "Hello, Azure!" in answer.choices[0].message.content


run()
