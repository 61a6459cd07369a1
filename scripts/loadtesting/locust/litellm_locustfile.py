"""Load from users of an LLM gateway, for Locust (https://locust.io).

    locust -f litellm_locustfile.py --host http://localhost:4000
    locust -f litellm_locustfile.py --host http://localhost:4000 --users 50 --spawn-rate 5 --run-time 5m \
        --headless --html report.html
    locust -f litellm_locustfile.py --host http://localhost:4000 LiteLLMStressUser

Without --host: GATEWAY_URL, else http://localhost:8080. Other settings are environment variables:

    LOAD_MODELS         models, the most used first, by commas (those that the server lists)
    LOAD_STREAM_SHARE   share of the requests that are streamed, 0 to 1 (0.2)
    LOAD_MAX_TOKENS     the most that an answer may have (100)
    GATEWAY_API_KEY, OPENAI_API_KEY or LITELLM_MASTER_KEY   the key
"""

import json
import os
import random
import time

from locust import HttpUser, between, events, task

KEY = next(
    filter(None, map(os.environ.get, ["GATEWAY_API_KEY", "OPENAI_API_KEY", "LITELLM_MASTER_KEY"])), None
)
STREAM_SHARE = float(os.environ.get("LOAD_STREAM_SHARE", "0.2"))
MAX_TOKENS = int(os.environ.get("LOAD_MAX_TOKENS", "100"))
# An answer that takes longer counts as failed.
TIMEOUT_SECONDS = 120

PROMPTS = [
    "What is the capital of France?",
    "Explain in two sentences how a hash table works.",
    "Write a haiku about the sea in winter.",
    "Translate into German: the train leaves at nine from platform four.",
    "A shop sells pens at 3 for 2 euros. What do 12 pens cost? Show the steps.",
]
CODE_PROMPTS = [
    "Write a function in Python that returns the longest common prefix of a list of strings.",
    "What does this print, and why? print([i for i in range(3)][::-1])",
    "Write a SQL query for the ten customers with the highest revenue of the last month.",
]

models = [name for name in os.environ.get("LOAD_MODELS", "").split(",") if name]


@events.init.add_listener
def stress_only_when_named(environment, **_kwargs):
    """Locust runs every class of a file unless some are named; a stress test nobody asked for is none."""
    named = getattr(environment.parsed_options, "user_classes", None) or []
    if LiteLLMStressUser.__name__ not in named and LiteLLMUser in environment.user_classes:
        environment.user_classes = [it for it in environment.user_classes if it is not LiteLLMStressUser]


class GatewayUser(HttpUser):
    """What both kinds of users do."""

    abstract = True
    host = os.environ.get("GATEWAY_URL") or "http://localhost:8080"

    def on_start(self):
        if KEY:
            self.client.headers["Authorization"] = f"Bearer {KEY}"
        if not models:
            with self.client.get("/v1/models", catch_response=True, timeout=TIMEOUT_SECONDS) as answer:
                listed = [row["id"] for row in answer.json().get("data", [])] if answer.ok else []
                if listed:
                    # Another user may have asked at the same time.
                    models[:] = listed[:3]
                else:
                    answer.failure(f"no models are listed (status {answer.status_code}): set LOAD_MODELS")

    def chat(self, place, prompts):
        """One chat with the model in `place`, or the last there is."""
        if not models:
            return
        model = models[min(place, len(models) - 1)]
        body = {
            "model": model,
            "messages": [{"role": "user", "content": random.choice(prompts)}],
            "max_tokens": MAX_TOKENS,
        }
        if random.random() < STREAM_SHARE:
            self.streamed(model, body)
        else:
            self.whole(model, body)

    def whole(self, model, body):
        with self.client.post(
            "/v1/chat/completions", json=body, name=f"chat {model}", catch_response=True, timeout=TIMEOUT_SECONDS
        ) as answer:
            if answer.status_code != 200:
                answer.failure(f"status {answer.status_code}: {answer.text[:200]}")
                return
            try:
                text = answer.json()["choices"][0]["message"]
            except (ValueError, LookupError, TypeError):
                answer.failure("the answer is no chat completion")
                return
            if not text.get("content") and not text.get("tool_calls"):
                answer.failure("the answer is empty")

    def streamed(self, model, body):
        start = time.perf_counter()
        first, done = None, False
        with self.client.post(
            "/v1/chat/completions",
            json={**body, "stream": True},
            name=f"chat {model}, streamed",
            catch_response=True,
            stream=True,
            timeout=TIMEOUT_SECONDS,
        ) as answer:
            if answer.status_code != 200:
                answer.failure(f"status {answer.status_code}: {answer.text[:200]}")
                return
            for line in answer.iter_lines():
                if not line.startswith(b"data:"):
                    continue
                data = line[5:].strip()
                if data == b"[DONE]":
                    done = True
                    break
                chunk = json.loads(data)
                if "error" in chunk:
                    answer.failure(f"an error within the stream: {chunk['error']}")
                    return
                if first is None and any(it.get("delta", {}).get("content") for it in chunk.get("choices", [])):
                    first = time.perf_counter() - start
            if not done:
                answer.failure("the stream ended before its end")
            # Locust stops the clock of a streamed request at its headers; this is the whole of it.
            answer.request_meta["response_time"] = (time.perf_counter() - start) * 1000
        if first is not None:
            self.environment.events.request.fire(
                request_type="TTFT",
                name=f"chat {model}, streamed",
                response_time=first * 1000,
                response_length=0,
                exception=None,
                context={},
            )


class LiteLLMUser(GatewayUser):
    """A person: 60 % of the requests for the primary model, 25 % the secondary, 15 % the specialised one."""

    wait_time = between(1, 3)

    @task(60)
    def primary(self):
        self.chat(0, PROMPTS)

    @task(25)
    def secondary(self):
        self.chat(1, PROMPTS)

    @task(15)
    def specialised(self):
        self.chat(2, CODE_PROMPTS)


class LiteLLMStressUser(GatewayUser):
    """A program that works through a list: the primary model, hardly a pause. Runs only when it is named."""

    wait_time = between(0.1, 0.5)

    @task
    def hammer(self):
        self.chat(0, PROMPTS)
