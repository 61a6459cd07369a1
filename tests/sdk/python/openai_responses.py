"""`openai` against responses, in the background too, and conversations."""

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


def function_tool(model):
    return {
        "type": "function",
        "name": model.__name__,
        "description": model.__doc__,
        "parameters": {**model.model_json_schema(), "additionalProperties": False},
        "strict": True,
    }


TOOLS = [function_tool(get_weather), function_tool(find_population)]


@check_on_each("answers, and keeps the answer with its input")
def _(upstream):
    answer = client.responses.create(model=f"model-{upstream}", input="Hello, world!", instructions="Be kind.")
    assert answer.status == "completed" and "Hello, world!" in answer.output_text
    assert client.responses.retrieve(answer.id).output_text == answer.output_text
    [item] = client.responses.input_items.list(answer.id)
    assert item.content[0].text == "Hello, world!"
    client.responses.delete(answer.id)
    with raises(openai.NotFoundError):
        client.responses.retrieve(answer.id)


@check_on_each("keeps nothing when told so")
def _(upstream):
    answer = client.responses.create(model=f"model-{upstream}", input="x", store=False)
    with raises(openai.NotFoundError):
        client.responses.retrieve(answer.id)


@check_on_each("goes on from the previous response")
def _(upstream):
    model = f"model-{upstream}"
    first = client.responses.create(model=model, input="My name is Ada.")
    second = client.responses.create(model=model, input="Go on.", previous_response_id=first.id)
    assert second.previous_response_id == first.id
    assert second.usage.input_tokens > first.usage.input_tokens


@check_on_each("streams by the helper, every event in order")
def _(upstream):
    with client.responses.stream(model=f"model-{upstream}", input="Hello, stream!") as stream:
        events = list(stream)
        final = stream.get_final_response()
    assert [event.sequence_number for event in events] == list(range(len(events)))
    text = "".join(event.delta for event in events if event.type == "response.output_text.delta")
    assert text == final.output_text and "Hello, stream!" in text


@check_on_each("parses an answer into a class of pydantic's, whole and streamed")
def _(upstream):
    request = {"model": f"model-{upstream}", "input": "A person", "text_format": Person}
    assert isinstance(client.responses.parse(**request).output_parsed, Person)
    with client.responses.stream(**request) as stream:
        assert isinstance(stream.get_final_response().output_parsed, Person)


@check_on_each("calls two tools at once and goes on with their results")
def _(upstream):
    model = f"model-{upstream}"
    first = client.responses.create(
        model=model, input="Use get_weather and find_population for Berlin", tools=TOOLS, parallel_tool_calls=True
    )
    calls = [item for item in first.output if item.type == "function_call"]
    assert [call.name for call in calls] == ["get_weather", "find_population"]
    assert all(isinstance(json.loads(call.arguments)["city"], str) for call in calls)
    second = client.responses.create(
        model=model,
        tools=TOOLS,
        previous_response_id=first.id,
        input=[
            {"type": "function_call_output", "call_id": call.call_id, "output": output}
            for call, output in zip(calls, ["21 degrees", "3 million"])
        ],
    )
    assert "21 degrees" in second.output_text and "3 million" in second.output_text, second.output_text


@check_on_each("reasons when asked")
def _(upstream):
    answer = client.responses.create(model=f"model-{upstream}", input="Think", reasoning={"effort": "low"})
    assert "Think" in answer.output_text


@check_on_each("counts the tokens of an input")
def _(upstream):
    def count(text):
        return client.responses.input_tokens.count(model=f"model-{upstream}", input=text).input_tokens

    assert 0 < count("Hello") < count("Hello " * 100)


@check_on_each("raises the SDK's own errors")
def _(upstream):
    for behaviour, kind in [
        ("wrong", openai.BadRequestError),
        ("down", openai.InternalServerError),
    ]:
        with raises(kind):
            client.responses.create(model=f"{behaviour}-{upstream}", input="x")


@check_on_each("leaves in the middle of a stream")
def _(upstream):
    with client.responses.create(model=f"paced-{upstream}", input="Go on and on", stream=True) as stream:
        for event in stream:
            if event.type == "response.output_text.delta":
                break
    return {"cancelled": f"paced-{upstream}"}


@check_on_each("answers in the background, asked until it is there")
def _(upstream):
    answer = client.responses.create(model=f"model-{upstream}", input="Hello, later!", background=True)
    while answer.status in ("queued", "in_progress"):
        answer = client.responses.retrieve(answer.id)
    assert answer.status == "completed" and "Hello, later!" in answer.output_text


@check_on_each("goes on in the background when its client left, and is shown again from any event")
def _(upstream):
    with client.responses.create(
        model=f"model-{upstream}", input="Hello, later!", background=True, stream=True
    ) as begun:
        id = next(iter(begun)).response.id
    events = list(client.responses.retrieve(id, stream=True))
    assert [event.sequence_number for event in events] == list(range(len(events)))
    assert events[-1].type == "response.completed"
    rest = list(client.responses.retrieve(id, stream=True, starting_after=2))
    assert rest == events[3:]
    with client.responses.stream(response_id=id, starting_after=2) as stream:
        assert "Hello, later!" in stream.get_final_response().output_text


@check_on_each("cancels what runs in the background")
def _(upstream):
    answer = client.responses.create(model=f"hung-{upstream}", input="x", background=True)
    assert client.responses.cancel(answer.id).status == "cancelled"
    assert client.responses.retrieve(answer.id).status == "cancelled"


@check_on_each("goes on in a conversation")
def _(upstream):
    conversation = client.conversations.create(
        metadata={"topic": "demo"}, items=[{"type": "message", "role": "user", "content": "My name is Ada."}]
    )
    answer = client.responses.create(
        model=f"model-{upstream}", input="Who am I?", conversation=conversation.id
    )
    assert answer.conversation.id == conversation.id
    items = list(client.conversations.items.list(conversation.id, order="asc"))
    assert [item.role for item in items] == ["user", "user", "assistant"], items


@check("conversations are read, changed and deleted, item by item")
def _():
    conversation = client.conversations.create()
    added = client.conversations.items.create(
        conversation.id,
        items=[{"type": "message", "role": "user", "content": f"number {n}"} for n in range(5)],
    )
    assert len(added.data) == 5
    pages = client.conversations.items.list(conversation.id, limit=2, order="asc")
    assert [item.content[0].text for item in pages] == [f"number {n}" for n in range(5)]
    first = added.data[0].id
    assert client.conversations.items.retrieve(first, conversation_id=conversation.id).id == first
    client.conversations.items.delete(first, conversation_id=conversation.id)
    assert len(list(client.conversations.items.list(conversation.id))) == 4
    assert client.conversations.update(conversation.id, metadata={"a": "b"}).metadata == {"a": "b"}
    assert client.conversations.delete(conversation.id).deleted
    with raises(openai.NotFoundError):
        client.conversations.retrieve(conversation.id)


@check_on_each("answers the asynchronous client, whole, streamed and in the background")
async def _(upstream):
    model = f"model-{upstream}"
    async with AsyncOpenAI(**OPTIONS) as asynchronous:
        answer = await asynchronous.responses.parse(model=model, input="A person", text_format=Person)
        assert isinstance(answer.output_parsed, Person)
        async with asynchronous.responses.stream(model=model, input="Hello, stream!") as stream:
            kinds = [event.type async for event in stream]
        assert kinds[0] == "response.created" and kinds[-1] == "response.completed", kinds
        later = await asynchronous.responses.create(model=model, input="later", background=True, stream=True)
        assert [event.type async for event in later][-1] == "response.completed"


run()
