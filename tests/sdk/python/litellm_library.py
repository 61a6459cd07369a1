"""`litellm` as a library, by each of its providers that a gateway can stand behind."""

import json

import litellm
from pydantic import BaseModel

from checks import GATEWAY, check, check_on_each, raises, run

#: LiteLLM's providers for the gateway's formats: a prefix of the model's name, and the base URL.
BASES = {
    "openai": f"{GATEWAY}/v1",
    "anthropic": GATEWAY,
    "gemini": f"{GATEWAY}/v1beta",
    "ollama_chat": GATEWAY,
    "litellm_proxy": f"{GATEWAY}/v1",
}


class Person(BaseModel):
    name: str
    age: int


def tool(name):
    schema = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
    return {"type": "function", "function": {"name": name, "description": "Of a city", "parameters": schema}}


TOOLS = [tool("get_weather"), tool("find_population")]


def asked(provider, model, text, **more):
    return {
        "model": f"{provider}/{model}",
        "api_base": BASES[provider],
        "api_key": "any",
        "messages": [{"role": "user", "content": text}],
        "num_retries": 0,
        "max_retries": 0,
        **more,
    }


for provider in BASES:

    @check_on_each(f"{provider}: answers")
    def _(upstream, provider=provider):
        answer = litellm.completion(**asked(provider, f"model-{upstream}", "Hello, world!"))
        assert "Hello, world!" in answer.choices[0].message.content
        assert answer.choices[0].finish_reason == "stop" and answer.usage.completion_tokens > 0

    @check_on_each(f"{provider}: streams, with its usage")
    def _(upstream, provider=provider):
        chunks = list(
            litellm.completion(
                **asked(provider, f"model-{upstream}", "Hello, stream!"),
                stream=True,
                stream_options={"include_usage": True},
            )
        )
        text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
        assert "Hello, stream!" in text, text
        assert chunks[-1].usage.completion_tokens > 0

    @check_on_each(f"{provider}: calls two tools at once and uses their results")
    def _(upstream, provider=provider):
        request = asked(
            provider, f"model-{upstream}", "Use get_weather and find_population for Berlin", tools=TOOLS
        )
        message = litellm.completion(**request).choices[0].message
        calls = message.tool_calls
        assert [call.function.name for call in calls] == ["get_weather", "find_population"], calls
        assert all(isinstance(json.loads(call.function.arguments)["city"], str) for call in calls)
        request["messages"] += [
            message,
            *(
                {"role": "tool", "tool_call_id": call.id, "name": call.function.name, "content": content}
                for call, content in zip(calls, ["21 degrees", "3 million"])
            ),
        ]
        text = litellm.completion(**request).choices[0].message.content
        assert "21 degrees" in text and "3 million" in text, text

    @check_on_each(f"{provider}: raises its own errors")
    def _(upstream, provider=provider):
        with raises(litellm.BadRequestError):
            litellm.completion(**asked(provider, f"wrong-{upstream}", "x"))

    # Once a provider: the gateway waits the second that the upstream asks for.
    @check(f"{provider}: hears that there is too much")
    def _(provider=provider):
        with raises(litellm.RateLimitError):
            litellm.completion(**asked(provider, "busy-openai", "x"))

    @check_on_each(f"{provider}: answers asynchronously")
    async def _(upstream, provider=provider):
        stream = await litellm.acompletion(
            **asked(provider, f"model-{upstream}", "Hello, stream!"), stream=True
        )
        text = "".join([chunk.choices[0].delta.content or "" async for chunk in stream])
        assert "Hello, stream!" in text, text


@check_on_each("openai: gives structured output")
def _(upstream):
    answer = litellm.completion(
        **asked("openai", f"model-{upstream}", "A person"), response_format=Person
    )
    Person.model_validate_json(answer.choices[0].message.content)


@check_on_each("responses, whole and streamed")
def _(upstream):
    request = {"model": f"openai/model-{upstream}", "api_base": BASES["openai"], "api_key": "any"}
    answer = litellm.responses(**request, input="Hello, world!")
    assert "Hello, world!" in answer.output_text
    events = list(litellm.responses(**request, input="Hello, stream!", stream=True))
    assert events[-1].type == "response.completed", events[-1]


@check("embeds, moderates, speaks and transcribes")
def _():
    to = {"api_base": BASES["openai"], "api_key": "any"}
    embedded = litellm.embedding(model="openai/model-openai", input=["a", "b"], **to)
    assert len(embedded.data) == 2
    spoken = litellm.speech(model="openai/model-openai", input="Hello, world!", voice="alloy", **to)
    assert len(spoken.content) == 1300
    heard = litellm.transcription(model="openai/model-openai", file=("a.mp3", bytes(5000)), **to)
    assert heard.text == "The file a.mp3 has 5000 bytes."
    moderated = litellm.moderation(model="model-openai", input="violence", **to)
    assert moderated.results[0].flagged


run()
