"""Clients of LiteLLM's proxy, as its users have them: `openai`, and `litellm` with its prefix `litellm_proxy`."""

import litellm
import openai

from checks import GATEWAY, check, raises, run

KEY = "sk-proxy-master"
MODELS = ["gpt", "gpt-alias", "claude-model", "gemini", "llama", "down"]
HELLO = [{"role": "user", "content": "Hello, proxy!"}]

# Without /v1, as LiteLLM's documentation has it.
client = openai.OpenAI(base_url=GATEWAY, api_key=KEY, max_retries=0)

for model in MODELS:

    @check(f"openai: {model} answers")
    def _(model=model):
        answer = client.chat.completions.create(model=model, messages=HELLO)
        assert "Hello, proxy!" in answer.choices[0].message.content

    @check(f"openai: {model} streams")
    def _(model=model):
        chunks = list(client.chat.completions.create(model=model, messages=HELLO, stream=True))
        text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
        assert "Hello, proxy!" in text, text

    @check(f"litellm: {model} answers")
    def _(model=model):
        answer = litellm.completion(
            model=f"litellm_proxy/{model}", api_base=GATEWAY, api_key=KEY, messages=HELLO, num_retries=0
        )
        assert "Hello, proxy!" in answer.choices[0].message.content
        assert answer.usage.completion_tokens > 0


@check("openai: embeddings")
def _():
    answer = client.embeddings.create(model="gpt", input=["one", "two"])
    assert len(answer.data) == 2


@check("openai: the models that can be asked for")
def _():
    assert [model.id for model in client.models.list()] == ["gpt", "gpt-alias", "gemini", "llama", "down"]


@check("openai: a key that is not the master key is refused")
def _():
    with raises(openai.AuthenticationError):
        client.with_options(api_key="sk-other").models.list()


@check("litellm: a model that there is not")
def _():
    with raises(litellm.NotFoundError):
        litellm.completion(
            model="litellm_proxy/none", api_base=GATEWAY, api_key=KEY, messages=HELLO, num_retries=0
        )


run()
