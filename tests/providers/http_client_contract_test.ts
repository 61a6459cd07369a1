/** What the HTTP client promises, over each protocol that it speaks. */
import { assert, assertEquals } from "@std/assert";
import { systemClock } from "../../lib/clock.ts";
import type { HttpClientOptions } from "../../lib/providers/http_client.ts";
import type { UpstreamHandle } from "../../lib/providers/provider.ts";
import { type Route, routeTo } from "../../lib/providers/route.ts";
import { clientScene, type Scene } from "./client_scene.ts";
import { RecordedAnswer } from "./recorded_answer.ts";
import { PROTOCOLS, type ScriptedServer, type ServerScript, serveScript } from "./scripted_servers.ts";

const encoder = new TextEncoder();

for (const protocol of PROTOCOLS) {
  const http2 = protocol === "HTTP/2";
  const route = (url: URL): Route => routeTo(url, null, null, undefined, http2);

  const scene = (
    script: ServerScript,
    test: (scene: Scene<ScriptedServer>) => Promise<void>,
    options: Partial<HttpClientOptions> = {},
  ): Promise<void> => {
    const server = serveScript(protocol, script);
    return clientScene(server, route(server.url), test, options);
  };

  const test = (name: string, run: () => Promise<void>) => Deno.test(`${protocol}: ${name}`, run);

  test("a request arrives as given, and its answer is told of in order", async () => {
    let seen: unknown = null;
    await scene(async (call) => {
      seen = [
        call.path,
        call.body,
        call.header("content-type"),
        call.header("content-length"),
        call.header("host"),
      ];
      await call.answer("hello", 201, { "x-request-id": "abc" });
    }, async ({ post, server }) => {
      const { answer } = post("/v1/chat?beta=true");
      assertEquals(await answer.over, "end");
      assertEquals(answer.calls, ["connect", "response", "data", "end"]);
      assertEquals([answer.status, answer.text], [201, "hello"]);
      assertEquals(answer.headers?.get("x-request-id"), "abc");
      assertEquals(answer.headers?.get("x-absent"), null);
      assertEquals([...answer.headers?.entries() ?? []].map(([name]) => name), [
        "x-request-id",
        "content-length",
      ]);
      assertEquals(seen, ["/v1/chat?beta=true", '{"model":"m"}', "application/json", "13", server.url.host]);
    });
  });

  test("an answer of unknown length comes chunk by chunk", async () => {
    const next = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    await scene(async (call) => {
      await call.head(200, { "content-type": "text/event-stream" });
      for (const { promise } of next) {
        await promise;
        await call.data("data: x\n\n");
      }
      await call.end();
    }, async ({ post }) => {
      const { answer } = post();
      await answer.answered;
      next[0]?.resolve();
      await answer.began;
      assertEquals(answer.text, "data: x\n\n");
      next[1]?.resolve();
      assertEquals(await answer.over, "end");
      assertEquals(answer.text, "data: x\n\ndata: x\n\n");
    });
  });

  test("an answer may have no body", async () => {
    await scene((call) => call.answer("", 204), async ({ post }) => {
      const { answer } = post();
      assertEquals(await answer.over, "end");
      assertEquals(answer.calls, ["connect", "response", "end"]);
    });
  });

  test("connections are used again", async () => {
    await scene((call) => call.answer("hello"), async ({ post, server }) => {
      for (let i = 0; i < 5; i++) assertEquals(await post().answer.over, "end");
      assertEquals(server.accepted(), 1);
    });
  });

  test("many requests go at a time, over connections as the protocol has it", async () => {
    await scene((call) => call.answer(call.path), async ({ post, server }) => {
      const calls = Array.from({ length: 50 }, (_, i) => post(`/${i}`));
      for (const [i, { answer }] of calls.entries()) {
        assertEquals(await answer.over, "end");
        assertEquals(answer.text, `/${i}`);
      }
      assertEquals(server.accepted(), http2 ? 1 : 50);
    });
  });

  test("large bodies go both ways whole", async () => {
    const text = "0123456789abcdef".repeat(200_000);
    await scene((call) => call.answer(call.body), async ({ post }) => {
      const { answer } = post("/", encoder.encode(text));
      assertEquals(await answer.over, "end");
      assert(answer.text === text);
    });
  });

  test("a body may come while it is sent", async () => {
    async function* pieces() {
      for (const piece of ["one ", "", "two ", "three"]) yield await Promise.resolve(encoder.encode(piece));
    }
    await scene((call) => call.answer(call.body), async ({ post }) => {
      const { answer } = post("/", pieces(), ["content-length", "13"]);
      assertEquals(await answer.over, "end");
      assertEquals(answer.text, "one two three");
    });
  });

  test("requests wait in line when all places are taken, first come, first served", async () => {
    const release = Promise.withResolvers<void>();
    await scene(async (call) => {
      await release.promise;
      await call.answer(call.path);
    }, async ({ post, client }) => {
      const calls = Array.from({ length: 5 }, (_, i) => post(`/${i}`));
      assertEquals([client.running, client.waiting], [2, 3]);
      const order: string[] = [];
      for (const { answer } of calls) answer.over.then(() => order.push(answer.text));
      release.resolve();
      await Promise.all(calls.map(({ answer }) => answer.over));
      assertEquals(order.slice(2), ["/2", "/3", "/4"]);
      assertEquals([client.running, client.waiting], [0, 0]);
    }, { maxConnections: 2 });
  });

  test("a request fails with queue_full, unsent, when the line is full", async () => {
    await scene((call) => call.givenUp.then(() => {}), async ({ post }) => {
      post();
      post();
      const { answer } = post();
      assertEquals(await answer.over, "queue_full");
      assertEquals([answer.calls, answer.error?.sent], [["error"], false]);
    }, { maxConnections: 1, maxQueue: 1 });
  });

  test("a request fails with connection_refused, unsent, when nobody listens", async () => {
    await scene(() => {}, async ({ post, client }) => {
      const { answer } = post();
      assertEquals(await answer.over, "connection_refused");
      assertEquals([answer.calls, answer.error?.sent, client.running], [["error"], false, 0]);
    }, { route: route(new URL("http://127.0.0.1:1")) });
  });

  test("a request fails with dns_failed, unsent, when the host has no address", async () => {
    await scene(() => {}, async ({ post }) => {
      const { answer } = post();
      assertEquals([await answer.over, answer.error?.sent], ["dns_failed", false]);
    }, { route: route(new URL("http://nobody.invalid")) });
  });

  for (const header of [["x-bad", "a\nb"], ["x bad", "a"]]) {
    test(`a request fails with protocol_error, unsent, when a header is ${JSON.stringify(header)}`, async () => {
      await scene((call) => call.answer("hello"), async ({ post, client }) => {
        assertEquals(await post().answer.over, "end");
        const { answer } = post("/", null, header);
        assertEquals([await answer.over, answer.error?.sent], ["protocol_error", false]);
        assertEquals(client.running, 0);
        assertEquals(await post().answer.over, "end", "the next one goes");
      });
    });
  }

  test("a request fails with connection_reset when the provider closes before answering", async () => {
    await scene((call) => call.cut(), async ({ post, server }) => {
      const { answer } = post();
      assertEquals([await answer.over, answer.error?.sent], ["connection_reset", true]);
      assertEquals(server.accepted(), 1, "a fresh connection gets no second try");
    });
  });

  test("a request fails with connection_reset when the provider closes within the answer", async () => {
    await scene(async (call) => {
      await call.head(200);
      await call.data("hel");
      call.cut();
    }, async ({ post }) => {
      const { answer } = post();
      assertEquals([await answer.over, answer.text], ["connection_reset", "hel"]);
    });
  });

  test("a request is tried once more when a reused connection closes before any byte of the answer", async () => {
    let count = 0;
    await scene((call) => {
      if (++count === 2) return call.cut();
      return call.answer("hello");
    }, async ({ post, server }) => {
      assertEquals(await post().answer.over, "end");
      const { answer } = post();
      assertEquals(await answer.over, "end");
      assertEquals(answer.calls, ["connect", "response", "data", "end"]);
      assertEquals([count, server.accepted()], [3, 2]);
    });
  });

  for (const when of ["before the answer", "in the middle of a stream", "while paused"]) {
    test(`abort() ${when} reaches the provider within 100 ms and says nothing more`, async () => {
      const arrived = Promise.withResolvers<void>();
      const givenUp: Promise<unknown>[] = [];
      await scene(async (call) => {
        givenUp.push(call.givenUp);
        if (when !== "before the answer") {
          await call.head(200);
          await call.data("hello");
        }
        arrived.resolve();
        await call.givenUp;
      }, async ({ post, client }) => {
        const { answer, handle } = post();
        await arrived.promise;
        if (when !== "before the answer") await answer.began;
        if (when === "while paused") handle.pause();
        const calls = answer.calls.length;
        const start = systemClock.now();
        handle.abort();
        handle.abort();
        await givenUp[0];
        assert(systemClock.now() - start < 100);
        assertEquals([answer.calls.length, client.running], [calls, 0]);
      });
    });
  }

  test("abort() from within onConnect() is safe", async () => {
    await scene((call) => call.answer("hello"), async ({ post, client }) => {
      assertEquals(await post().answer.over, "end");
      const answer = new RecordedAnswer();
      let handle: UpstreamHandle | null = null;
      const connected = Promise.withResolvers<void>();
      // Over a connection that stands, the request may be on its way before its sender has the handle.
      const onConnect = () =>
        queueMicrotask(() => {
          handle?.abort();
          connected.resolve();
        });
      handle = client.send("POST", "/", [], encoder.encode("{}"), null, Object.assign(answer, { onConnect }));
      await connected.promise;
      assertEquals([answer.calls, client.running], [[], 0]);
      assertEquals(await post().answer.over, "end");
    });
  });

  test("abort() from within onData() is safe", async () => {
    await scene(async (call) => {
      await call.head(200);
      await call.data("hello");
      await call.data("world");
      await call.givenUp;
    }, async ({ post, client }) => {
      const { answer, handle } = post();
      answer.onChunk = () => handle.abort();
      await answer.began;
      assertEquals(client.running, 0);
      assertEquals(answer.calls, ["connect", "response", "data"]);
    });
  });

  test("pause() holds the provider back, and resume() lets everything come", async () => {
    const total = 16 * 1024 * 1024;
    const piece = "x".repeat(16 * 1024);
    const state = { written: 0 };
    await scene(async (call) => {
      await call.head(200);
      for (; state.written < total; state.written += piece.length) await call.data(piece);
      await call.end();
    }, async ({ post }) => {
      const { answer, handle } = post();
      await answer.began;
      handle.pause();
      await settled(() => answer.bytes);
      const held = answer.bytes;
      assert(held < 1024 * 1024, `${held} bytes came while paused`);
      handle.resume();
      assertEquals(await answer.over, "end");
      assertEquals(answer.bytes, total);
    });
  });

  const SILENCES: { kind: "timeout_first_chunk" | "timeout_between_chunks"; script: ServerScript }[] = [
    { kind: "timeout_first_chunk", script: (call) => call.givenUp.then(() => {}) },
    {
      kind: "timeout_between_chunks",
      async script(call) {
        await call.head(200);
        await call.data("hello");
        await call.givenUp;
      },
    },
  ];
  for (const { kind, script } of SILENCES) {
    test(`a silent provider fails the request with ${kind}`, async () => {
      await scene(script, async ({ post, clock, client }) => {
        const { answer } = post();
        if (kind === "timeout_first_chunk") await until(() => answer.calls.includes("connect"));
        else await answer.began;
        clock.advance(9_900);
        assert(!answer.calls.includes("error"));
        clock.advance(200);
        assertEquals([await answer.over, client.running], [kind, 0]);
      });
    });
  }

  test("a provider that cannot be reached fails the request with timeout_connect, unsent", async () => {
    const dial = () => new Promise<never>(() => {});
    await scene(() => {}, async ({ post, clock }) => {
      const { answer } = post();
      clock.advance(5_100);
      assertEquals([await answer.over, answer.error?.sent], ["timeout_connect", false]);
    }, { route: { ...route(new URL("http://127.0.0.1:1")), dial } });
  });

  test("close() resolves once the requests under way have ended", async () => {
    const release = Promise.withResolvers<void>();
    await scene(async (call) => {
      await call.head(200);
      await call.data("hello");
      await release.promise;
      await call.end();
    }, async ({ post, client }) => {
      const { answer } = post();
      await answer.began;
      let closed = false;
      const closing = client.close().then(() => closed = true);
      await Promise.resolve();
      assertEquals(closed, false);
      release.resolve();
      assertEquals(await answer.over, "end");
      await closing;
    });
  });
}

/** Waits until a condition holds. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 1));
}

/** Waits until a number grows no more. */
async function settled(read: () => number): Promise<void> {
  for (let before = -1; before !== read();) {
    before = read();
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
