"""`anthropic` against messages, the models and the errors of the gateway."""

import asyncio
import base64

import anthropic
from anthropic import Anthropic, AsyncAnthropic, beta_tool
from pydantic import BaseModel

from checks import GATEWAY, check, check_on_each, raises, run

OPTIONS = {"base_url": GATEWAY, "api_key": "any", "max_retries": 0}
client = Anthropic(**OPTIONS)
PIXEL = base64.b64encode(
    bytes.fromhex(
        "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d4944415478da63"
        "64f8cf500f0003860180160b70e50000000049454e44ae426082"
    )
).decode()


class Person(BaseModel):
    name: str
    age: int


def tool(name):
    schema = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
    return {"name": name, "description": "Something of a city", "input_schema": schema}


TOOLS = [tool("get_weather"), tool("find_population")]


def asked(model, text, **more):
    return {"model": model, "max_tokens": 500, "messages": [{"role": "user", "content": text}], **more}


@check_on_each("answers")
def _(upstream):
    answer = client.messages.create(**asked(f"model-{upstream}", "Hello, world!", system="Be kind."))
    assert (answer.type, answer.role, answer.stop_reason) == ("message", "assistant", "end_turn")
    assert "Hello, world!" in answer.content[0].text
    assert answer.usage.input_tokens > 0 and answer.usage.output_tokens > 0


@check_on_each("streams by the helper, the same text as whole")
def _(upstream):
    request = asked(f"model-{upstream}", "Hello, stream!")
    with client.messages.stream(**request) as stream:
        text = "".join(stream.text_stream)
        final = stream.get_final_message()
    assert text == final.content[0].text == client.messages.create(**request).content[0].text
    assert final.stop_reason == "end_turn" and final.usage.output_tokens > 0


@check_on_each("streams raw events in order")
def _(upstream):
    events = [event.type for event in client.messages.create(**asked(f"model-{upstream}", "x"), stream=True)]
    assert (events[0], events[-2:]) == ("message_start", ["message_delta", "message_stop"]), events
    assert events.count("content_block_start") == events.count("content_block_stop") == 1


@check_on_each("calls two tools at once, streamed, and uses their results")
def _(upstream):
    request = asked(f"model-{upstream}", "Use get_weather and find_population for Berlin", tools=TOOLS)
    with client.messages.stream(**request) as stream:
        first = stream.get_final_message()
    uses = [block for block in first.content if block.type == "tool_use"]
    assert first.stop_reason == "tool_use"
    assert [use.name for use in uses] == ["get_weather", "find_population"]
    assert all(isinstance(use.input["city"], str) for use in uses)
    results = [
        {"type": "tool_result", "tool_use_id": use.id, "content": content}
        for use, content in zip(uses, ["21 degrees", "3 million"])
    ]
    request["messages"] += [
        {"role": "assistant", "content": first.content},
        {"role": "user", "content": results},
    ]
    text = client.messages.create(**request).content[0].text
    assert "21 degrees" in text and "3 million" in text, text


def runner(upstream, **more):
    @beta_tool
    def get_weather(city: str) -> str:
        """The weather of a city."""
        return "21 degrees"

    return client.beta.messages.tool_runner(
        **asked(f"model-{upstream}", "Use get_weather for Berlin", tools=[get_weather]), **more
    )


@check_on_each("runs tools by the helper")
def _(upstream):
    # It would leave the conversation with Anthropic, and takes it back where it is refused.
    with_history = runner(upstream, thread=False).until_done()
    assert "21 degrees" in with_history.content[0].text
    answer = runner(upstream).until_done()
    assert answer.content[0].text == with_history.content[0].text
    assert answer.usage.input_tokens == with_history.usage.input_tokens, "the whole conversation went along"


@check_on_each("refuses a thread, which no provider here keeps")
def _(upstream):
    with raises(anthropic.BadRequestError) as caught:
        client.beta.messages.create(**asked(f"model-{upstream}", "x"), thread={"type": "create"})
    assert caught.error.body["error"]["details"]["error_code"] == "thread_unsupported_request"


@check_on_each("parses an answer into a class of pydantic's")
def _(upstream):
    answer = client.messages.parse(**asked(f"model-{upstream}", "A person", output_format=Person))
    assert isinstance(answer.parsed_output, Person)


@check_on_each("thinks when asked")
def _(upstream):
    answer = client.messages.create(
        **{**asked(f"model-{upstream}", "Think"), "max_tokens": 4000},
        thinking={"type": "enabled", "budget_tokens": 2000},
    )
    assert any(block.type == "text" for block in answer.content)


@check_on_each("shows an image")
def _(upstream):
    content = [
        {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PIXEL}},
        {"type": "text", "text": "What is this?"},
    ]
    answer = client.messages.create(**asked(f"model-{upstream}", content))
    assert "What is this?" in answer.content[0].text


@check_on_each("counts tokens")
def _(upstream):
    def count(text):
        messages = [{"role": "user", "content": text}]
        return client.messages.count_tokens(model=f"model-{upstream}", messages=messages).input_tokens

    assert 0 < count("Hello") < count("Hello " * 100)


@check_on_each("raises the SDK's own errors")
def _(upstream):
    for behaviour, kind, type in [
        ("wrong", anthropic.BadRequestError, "invalid_request_error"),
        ("down", anthropic.InternalServerError, "api_error"),
    ]:
        with raises(kind) as caught:
            client.messages.create(**asked(f"{behaviour}-{upstream}", "x"))
        assert caught.error.body["type"] == "error" and caught.error.request_id, caught.error.body
        assert caught.error.body["error"]["type"] == type, caught.error.body


# Once: the gateway waits the second that the upstream asks for.
@check("hears that there is too much")
def _():
    with raises(anthropic.RateLimitError) as busy:
        client.messages.create(**asked("busy-openai", "x"))
    assert busy.error.body["error"]["type"] == "rate_limit_error"
    assert busy.error.response.headers["retry-after"] == "1"


@check_on_each("hears of a stream that breaks")
def _(upstream):
    for behaviour in ["broken", "failing"]:
        with raises(anthropic.APIError):
            request = asked(f"{behaviour}-{upstream}", "Say a few words more than three, please.")
            with client.messages.stream(**request) as stream:
                stream.until_done()


@check_on_each("gives up waiting")
def _(upstream):
    with raises(anthropic.APITimeoutError):
        client.with_options(timeout=0.2).messages.create(**asked(f"slow-{upstream}", "x"), stream=True)
    return {"cancelled": f"slow-{upstream}"}


@check_on_each("leaves in the middle of a stream")
def _(upstream):
    with client.messages.stream(**{**asked(f"paced-{upstream}", "Go on"), "max_tokens": 5000}) as stream:
        next(iter(stream.text_stream))
    return {"cancelled": f"paced-{upstream}"}


@check_on_each("answers the asynchronous client, many at once")
async def _(upstream):
    async with AsyncAnthropic(**OPTIONS) as asynchronous:

        async def ask(text):
            async with asynchronous.messages.stream(**asked(f"model-{upstream}", text)) as stream:
                return await stream.get_final_text()

        texts = await asyncio.gather(*(ask(f"number {n}.") for n in range(8)))
    assert all(f"number {n}." in text for n, text in enumerate(texts)), texts


@check("is not told to try again what the gateway tried again")
def _():
    requests = []
    counting = anthropic.DefaultHttpxClient(event_hooks={"request": [requests.append]})
    with Anthropic(**{**OPTIONS, "max_retries": 2}, http_client=counting) as retrying:
        with raises(anthropic.InternalServerError):
            retrying.messages.create(**asked("down-anthropic", "x"))
    assert len(requests) == 1, requests


@check("answers errors in Anthropic's shape")
def _():
    with raises(anthropic.NotFoundError) as caught:
        client.messages.create(**asked("model-anthropc", "x"))
    assert caught.error.body["error"]["type"] == "not_found_error"
    assert "model-anthropic" in caught.error.message


@check("sends a key as a bearer token too")
def _():
    bearer = Anthropic(base_url=GATEWAY, auth_token="any", max_retries=0)
    assert bearer.messages.create(**asked("model-anthropic", "x")).stop_reason == "end_turn"


@check("lists models in Anthropic's shape")
def _():
    assert ("model-anthropic", "model") in [(model.id, model.type) for model in client.models.list()]
    assert client.models.retrieve("model-chat").id == "model-chat"


run()
