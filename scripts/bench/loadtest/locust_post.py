"""The benchmark's request, as fast as Locust's faster client sends it."""

import os

from locust import FastHttpUser, constant, task


class Poster(FastHttpUser):
    wait_time = constant(0)

    @task
    def post(self):
        self.client.post(
            "/v1/chat/completions",
            data=os.environ["BENCH_BODY"],
            headers={"content-type": "application/json", "authorization": "Bearer sk-bench"},
        )
