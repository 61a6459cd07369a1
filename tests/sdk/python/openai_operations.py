"""`openai` against what the gateway answers besides chat: embeddings, completions, images, audio, files, batches."""

import io

import openai
from openai import AsyncOpenAI, OpenAI

from checks import GATEWAY, check, check_on_each, raises, run

OPTIONS = {"base_url": f"{GATEWAY}/v1", "api_key": "any", "max_retries": 0}
client = OpenAI(**OPTIONS)
MODEL = "model-openai"


@check("embeds as base64, which is the SDK's default, and as numbers")
def _():
    default = client.embeddings.create(model=MODEL, input=["a", "b"], dimensions=8)
    numbers = client.embeddings.create(model=MODEL, input=["a", "b"], dimensions=8, encoding_format="float")
    assert [len(each.embedding) for each in default.data] == [8, 8]
    for one, other in zip(default.data, numbers.data):
        assert all(abs(a - b) < 1e-6 for a, b in zip(one.embedding, other.embedding))
    assert default.usage.prompt_tokens > 0
    assert len(client.embeddings.create(model=MODEL, input=[[1, 2], [3]]).data) == 2


@check("embeds on Gemini")
def _():
    answer = client.embeddings.create(model="model-gemini", input=["a", "b"], dimensions=8)
    assert [len(each.embedding) for each in answer.data] == [8, 8]


@check("says which models have no embeddings")
def _():
    with raises(openai.BadRequestError) as caught:
        client.embeddings.create(model="model-anthropic", input="a")
    assert caught.error.code == "unsupported_operation"


@check_on_each("completes, whole and streamed")
def _(upstream):
    request = {"model": f"model-{upstream}", "prompt": "Hello, world!"}
    whole = client.completions.create(**request)
    assert "Hello, world!" in whole.choices[0].text and whole.usage.completion_tokens > 0
    streamed = client.completions.create(**request, stream=True)
    assert "".join(chunk.choices[0].text for chunk in streamed) == whole.choices[0].text


@check("moderates")
def _():
    answer = client.moderations.create(input=["Hello", "violence"])
    assert [result.flagged for result in answer.results] == [False, True]


@check("makes and edits images, whole and streamed")
def _():
    assert len(client.images.generate(model=MODEL, prompt="a pixel", n=2).data) == 2
    image = ("a.png", io.BytesIO(bytes(3000)), "image/png")
    assert client.images.edit(model=MODEL, image=image, prompt="grey").data[0].b64_json
    events = client.images.generate(model=MODEL, prompt="a pixel", stream=True, partial_images=2)
    assert [event.type for event in events][-1] == "image_generation.completed"


@check("speaks, whole and as it comes")
def _():
    request = {"model": MODEL, "input": "Hello, world!", "voice": "alloy"}
    whole = client.audio.speech.create(**request).read()
    assert len(whole) == 1300
    with client.audio.speech.with_streaming_response.create(**request) as spoken:
        assert spoken.headers["content-type"] == "audio/mpeg"
        assert b"".join(spoken.iter_bytes()) == whole


@check("transcribes and translates, as text and as events")
def _():
    def file():
        return ("speech.mp3", io.BytesIO(bytes(5000)))

    text = "The file speech.mp3 has 5000 bytes."
    assert client.audio.transcriptions.create(model=MODEL, file=file()).text == text
    plain = client.audio.transcriptions.create(model=MODEL, file=file(), response_format="text")
    assert plain.strip() == text
    assert client.audio.translations.create(model=MODEL, file=file()).text == text
    events = client.audio.transcriptions.create(model=MODEL, file=file(), stream=True)
    assert "".join(event.delta for event in events if event.type == "transcript.text.delta") == text


@check("files are uploaded, listed, read and deleted; batches are made and cancelled")
def _():
    content = "\n".join(f'{{"line":{n}}}' for n in range(1000)).encode()
    file = client.files.create(file=("b.jsonl", content), purpose="batch")
    assert (file.filename, file.bytes) == ("b.jsonl", len(content))
    assert file.id in [each.id for each in client.files.list(purpose="batch")]
    assert client.files.content(file.id).read() == content
    batch = client.batches.create(
        input_file_id=file.id, endpoint="/v1/chat/completions", completion_window="24h"
    )
    assert batch.id in [each.id for each in client.batches.list()]
    assert client.batches.cancel(batch.id).status == "cancelling"
    assert client.files.delete(file.id).deleted
    with raises(openai.NotFoundError):
        client.files.retrieve(file.id)


@check("answers the asynchronous client")
async def _():
    async with AsyncOpenAI(**OPTIONS) as asynchronous:
        answer = await asynchronous.embeddings.create(model=MODEL, input="a", dimensions=8)
        assert len(answer.data[0].embedding) == 8
        file = await asynchronous.files.create(file=("x.txt", b"x"), purpose="user_data")
        assert [each.id async for each in asynchronous.files.list(purpose="user_data")] == [file.id]
        async with asynchronous.audio.speech.with_streaming_response.create(
            model=MODEL, input="Hello, world!", voice="alloy"
        ) as spoken:
            assert len(b"".join([chunk async for chunk in spoken.iter_bytes()])) == 1300


run()
