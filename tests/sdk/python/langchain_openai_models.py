"""`langchain-openai`: ChatOpenAI (chat and responses), OpenAI and OpenAIEmbeddings."""

import openai
from langchain_core.messages import HumanMessage, SystemMessage, ToolMessage
from langchain_core.tools import tool
from langchain_openai import AzureChatOpenAI, ChatOpenAI, OpenAI, OpenAIEmbeddings
from pydantic import BaseModel

from checks import GATEWAY, check, check_on_each, raises, run

OPTIONS = {"base_url": f"{GATEWAY}/v1", "api_key": "any", "max_retries": 0}


class Person(BaseModel):
    """A person."""

    name: str
    age: int


@tool
def get_weather(city: str) -> str:
    """The weather of a city."""
    return "21 degrees"


@tool
def find_population(city: str) -> str:
    """How many live in a city."""
    return "3 million"


TOOLS = {each.name: each for each in [get_weather, find_population]}


def chat(model, **more):
    return ChatOpenAI(model=model, **OPTIONS, **more)


for api, more in {"chat": {"stream_usage": True}, "responses": {"use_responses_api": True}}.items():

    @check_on_each(f"{api}: answers")
    def _(upstream, more=more):
        answer = chat(f"model-{upstream}", **more).invoke(
            [SystemMessage("Be kind."), HumanMessage("Hello, world!")]
        )
        assert "Hello, world!" in answer.text
        assert answer.usage_metadata["input_tokens"] > 0 and answer.usage_metadata["output_tokens"] > 0

    @check_on_each(f"{api}: streams, with its usage")
    def _(upstream, more=more):
        chunks = list(chat(f"model-{upstream}", **more).stream("Hello, stream!"))
        whole = chunks[0]
        for chunk in chunks[1:]:
            whole += chunk
        assert len(chunks) > 2 and "Hello, stream!" in whole.text
        assert whole.usage_metadata["output_tokens"] > 0

    @check_on_each(f"{api}: calls two tools at once and uses their results")
    def _(upstream, more=more):
        bound = chat(f"model-{upstream}", **more).bind_tools(list(TOOLS.values()))
        question = HumanMessage("Use get_weather and find_population for Berlin")
        first = bound.invoke([question])
        assert [call["name"] for call in first.tool_calls] == list(TOOLS)
        results = [TOOLS[call["name"]].invoke(call) for call in first.tool_calls]
        assert all(isinstance(result, ToolMessage) for result in results)
        text = bound.invoke([question, first, *results]).text
        assert "21 degrees" in text and "3 million" in text, text

    @check_on_each(f"{api}: gives structured output")
    def _(upstream, more=more):
        asked = chat(f"model-{upstream}", **more).with_structured_output(Person)
        assert isinstance(asked.invoke("A person"), Person)

    @check_on_each(f"{api}: raises the SDK's own errors")
    def _(upstream, more=more):
        with raises(openai.BadRequestError):
            chat(f"wrong-{upstream}", **more).invoke("x")

    # Once: the gateway waits the second that the upstream asks for.
    @check(f"{api}: hears that there is too much")
    def _(more=more):
        with raises(openai.RateLimitError):
            chat("busy-openai", **more).invoke("x")

    @check_on_each(f"{api}: leaves in the middle of a stream")
    def _(upstream, more=more):
        stream = chat(f"paced-{upstream}", **more).stream("Go on and on")
        next(stream), next(stream)
        stream.close()
        return {"cancelled": f"paced-{upstream}"}

    @check_on_each(f"{api}: answers asynchronously, streamed and several at once")
    async def _(upstream, more=more):
        model = chat(f"model-{upstream}", **more)
        assert "Hello" in "".join([chunk.text async for chunk in model.astream("Hello")])
        answers = await model.abatch(["number 1.", "number 2."])
        assert all(f"number {n}." in answer.text for n, answer in enumerate(answers, 1))


@check("responses: goes on from the previous response")
def _():
    model = chat("model-anthropic", use_responses_api=True, use_previous_response_id=True)
    first = model.invoke([HumanMessage("My name is Ada.")])
    second = model.invoke([HumanMessage("My name is Ada."), first, HumanMessage("Go on.")])
    assert second.usage_metadata["input_tokens"] > first.usage_metadata["input_tokens"]


@check("completes")
def _():
    assert "Hello, world!" in OpenAI(model="model-openai", **OPTIONS).invoke("Hello, world!")


@check("embeds a query and documents")
def _():
    # Its token counting fetches a vocabulary from the network, which tests do without.
    embeddings = OpenAIEmbeddings(
        model="model-openai", dimensions=8, check_embedding_ctx_length=False, **OPTIONS
    )
    assert len(embeddings.embed_query("a")) == 8
    assert [len(each) for each in embeddings.embed_documents(["a", "b"])] == [8, 8]


@check("asks a deployment by Azure's class")
def _():
    azure = AzureChatOpenAI(
        azure_endpoint=GATEWAY,
        azure_deployment="model-chat",
        api_key="any",
        api_version="2025-04-01-preview",
        max_retries=0,
    )
    assert "Hello" in azure.invoke("Hello").text


run()
