/** The rows of "Retry, breaker, overload" and of broken answers, end to end. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { STREAMS, streamText, WHOLE } from "../stages/scripts.ts";
import {
  CLIENTS,
  codeIn,
  FaultSetup,
  formatOf,
  FORMATS,
  isStream,
  readerOf,
  readUntil,
  UPSTREAM_KEY,
} from "./fault_setup.ts";
import type { UpstreamCall, UpstreamScript } from "./upstream_server.ts";

const QUICK = "server: { drain_delay: 0s }\nretry: { attempts: 1, base_delay: 1ms, budget: 1 }";
const JSON_TYPE = { "content-type": "application/json" };

async function answerWell(call: UpstreamCall): Promise<void> {
  const format = formatOf(call);
  if (call.json.stream !== true) return await call.answer(200, JSON.stringify(WHOLE[format]));
  await call.stream();
  await call.chunk(streamText(format));
  await call.end();
}

Deno.test("refused: another target at once", async () => {
  const settings = "server: { drain_delay: 0s }\nretry: { base_delay: 30s, max_delay: 30s }";
  await using setup = await FaultSetup.start(answerWell, settings);
  // Far more than a budget of retries would let through.
  for (let i = 0; i < 30; i++) {
    const response = await fetch(setup.request("openai_chat", i % 2 === 0, { model: "refused" }));
    assertStringIncludes(await response.text(), "Hello");
    assertEquals([response.status, response.headers.get("x-gateway-attempts")], [200, "2"]);
    const line = await setup.closing(response);
    assert(Number(line.duration_ms) < 5000, "nobody waited for a back-off");
  }
});

Deno.test("408, 429, 500, 502, 503, 504: asked again", async () => {
  let status = 0;
  let asked = 0;
  await using setup = await FaultSetup.start(
    (call) => asked++ === 0 ? call.answer(status, '{"error":{"message":"later"}}') : answerWell(call),
    QUICK,
  );
  for (status of [408, 429, 500, 502, 503, 504]) {
    for (const stream of [true, false]) {
      asked = 0;
      const response = await fetch(setup.request("openai_chat", stream));
      assertStringIncludes(await response.text(), "Hello");
      assertEquals([response.status, asked], [200, 2], String(status));
      const line = await setup.closing(response);
      assertEquals((line.attempt_errors as { status: number }[]).map((it) => it.status), [status]);
    }
  }
});

Deno.test("a reset after sending: asked again, and told as a failure when it happens each time", async () => {
  let asked = 0;
  await using setup = await FaultSetup.start((call) => {
    asked++;
    call.cut();
  }, QUICK);
  for (const client of FORMATS) {
    asked = 0;
    const response = await fetch(setup.request(client, false));
    const body = await response.json();
    assertEquals([response.status, asked], [502, 2]);
    assertEquals(response.headers.get("x-should-retry"), "false", "the attempts are spent");
    if (client === "anthropic_messages") assertEquals([body.type, body.error.type], ["error", "api_error"]);
    else assertEquals(codeIn(body), "upstream_connection_failed");
  }
});

Deno.test("Retry-After: waited for in milliseconds, passed on when the client gets the error", async () => {
  const asked: number[] = [];
  await using setup = await FaultSetup.start((call) => {
    asked.push(performance.now());
    const again = isStream(call) ? { "retry-after": "120" } : { "retry-after-ms": "300" };
    return call.answer(429, '{"error":{"message":"slow down"}}', { ...JSON_TYPE, ...again });
  }, QUICK);
  await (await fetch(setup.request("openai_chat", false, { model: "narrow" }))).body?.cancel();
  const [first = 0, second = 0] = asked.splice(0);
  assert(second - first >= 300, `asked again after ${second - first} ms`);
  for (const client of FORMATS) {
    const response = await fetch(setup.request(client, true));
    assertStringIncludes(await response.text(), "slow down");
    assertEquals([response.status, response.headers.get("retry-after")], [429, "120"]);
    assertEquals(asked.splice(0).length, 1, "more than the cap is not waited for");
  }
});

Deno.test("Retry-After of a 5xx is passed on as that of a 429 is", async () => {
  const statuses = [500, 502, 503, 504, 529] as const;
  let status: number = 0;
  await using setup = await FaultSetup.start(
    (call) => call.answer(status, "{}", { ...JSON_TYPE, "retry-after": "120" }),
    QUICK,
  );
  // Each format has a provider of its own, which none of the others has put to rest.
  for (const [index, client] of FORMATS.entries()) {
    status = statuses[index] ?? 0;
    for (const most of [120, 60]) {
      const response = await fetch(setup.request(client, index % 2 === 0));
      await response.body?.cancel();
      assert(response.status >= 500, `${response.status}`);
      // More than is waited for. The endpoint rests as long as any may: who comes next hears how long that is.
      const after = Number(response.headers.get("retry-after"));
      assert(after > most - 5 && after <= most, `${status}: ${after}`);
    }
  }
});

Deno.test("a retry budget: a provider in trouble is not asked twice for each request", async () => {
  let asked = 0;
  await using setup = await FaultSetup.start((call) => {
    asked++;
    return call.answer(503, "{}");
  }, "server: { drain_delay: 0s }\nretry: { attempts: 2, base_delay: 1ms, max_delay: 1ms }");
  for (let i = 0; i < 100; i++) await (await fetch(setup.request("openai_chat", false))).body?.cancel();
  assert(asked > 100 && asked <= 120, `${asked} requests were made for 100`);
});

Deno.test("never after content: one attempt, one error event", async () => {
  let asked = 0;
  await using setup = await FaultSetup.start(async (call) => {
    asked++;
    const format = formatOf(call);
    await call.stream();
    await call.chunk(STREAMS[format].prelude + STREAMS[format].content("Hello"));
    call.cut();
  }, QUICK);
  for (const client of FORMATS) {
    asked = 0;
    const text = await (await fetch(setup.request(client, true))).text();
    assertStringIncludes(text, "Hello");
    assertEquals(asked, 1);
  }
});

const PAGE = "<!DOCTYPE html><html><head><title>secret page</title></head><body>502</body></html>";

const BROKEN: Readonly<Record<string, UpstreamScript>> = {
  "a page with 200": (call) => call.answer(200, PAGE, { "content-type": "text/html; charset=utf-8" }),
  "a page with 502": (call) => call.answer(502, PAGE, { "content-type": "text/html" }),
  "a page said to be JSON": (call) => call.answer(200, PAGE),
  "half an answer": async (call) => {
    await call.raw(
      `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n{"id":"secret page`,
    );
    call.cut();
  },
  "half an answer in chunks": async (call) => {
    await call.head(200, JSON_TYPE);
    await call.chunk('{"id":"secret page');
    call.cut();
  },
  "nothing": (call) => call.answer(200, ""),
  "an empty object": (call) => call.answer(200, "[]"),
  "no HTTP": async (call) => {
    await call.raw("secret page\r\n\r\n");
    call.cut();
  },
  "an error that quotes the key": (call) =>
    call.answer(500, JSON.stringify({ error: { message: `secret page, key ${UPSTREAM_KEY}` } })),
};

Deno.test("answers that are none: 502 in the client's dialect, nothing of them shown", async (t) => {
  let serve: UpstreamScript = () => {};
  await using setup = await FaultSetup.start((call) => serve(call), QUICK);
  for (const [name, script] of Object.entries(BROKEN)) {
    await t.step(name, async () => {
      serve = script;
      for (const client of FORMATS) {
        for (const stream of [false, true]) {
          const response = await fetch(setup.request(client, stream));
          const text = await response.text();
          assertEquals(
            [response.status, response.headers.get("content-type")],
            [502, "application/json"],
            text,
          );
          for (const hidden of ["secret page", UPSTREAM_KEY, "<html"]) assert(!text.includes(hidden), text);
          assertEquals(Object.keys(JSON.parse(text)).includes("error"), true);
          const line = await setup.closing(response);
          assertEquals([line.status, line.event, line.attempts], [502, "request.error", 2]);
        }
      }
    });
  }
  const output = setup.gateway.lines.join("\n") + setup.gateway.errors;
  assert(!output.includes(UPSTREAM_KEY), "the key is in the log");
});

Deno.test("a provider that tells of its key in a 4xx is not quoted", async () => {
  await using setup = await FaultSetup.start(
    (call) => call.answer(400, JSON.stringify({ error: { message: `bad: ${UPSTREAM_KEY}`, code: "bad" } })),
  );
  for (const client of FORMATS) {
    const text = await (await fetch(setup.request(client, false))).text();
    assert(text.includes("bad: ***") && !text.includes(UPSTREAM_KEY), text);
  }
  assert(!setup.gateway.lines.join("\n").includes(UPSTREAM_KEY));
});

Deno.test("the usage chunk that the gateway asked for is withheld from a client that did not", async () => {
  await using setup = await FaultSetup.start(answerWell);
  const response = await fetch(setup.request("openai_chat", true));
  const text = await response.text();
  assert(!text.includes("usage") && text.endsWith("data: [DONE]\n\n"), text);
  const line = await setup.closing(response);
  assertEquals([line.input_tokens, line.output_tokens], [7, 3]);
});

Deno.test("data after the terminal event is dropped, and the connection serves the next request", async () => {
  await using setup = await FaultSetup.start(async (call) => {
    const format = formatOf(call);
    await call.stream();
    await call.chunk(streamText(format) + STREAMS[format].content("Late"));
    await call.chunk("data: {broken");
    await call.end();
  });
  // Google's streams end with their body: nothing can come after that.
  for (const client of FORMATS.filter((format) => format !== "google_generate_content")) {
    for (let i = 0; i < 3; i++) {
      const response = await fetch(setup.request(client, true));
      assert(!(await response.text()).includes("Late"));
      assertEquals((await setup.closing(response)).status, 200);
    }
  }
  assert(setup.upstream.accepted <= FORMATS.length * 2, `${setup.upstream.accepted} connections`);
});

Deno.test("a stream that breaks off is not stored: nothing can go on from it", async () => {
  let whole = false;
  await using setup = await FaultSetup.start(async (call) => {
    const { prelude, content } = STREAMS.openai_responses;
    await call.stream();
    await call.chunk(whole ? streamText("openai_responses") : prelude + content("Hello"));
    await call.end();
  }, QUICK);
  const idIn = (text: string) => /"id":"(resp_[^"]*)"/.exec(text)?.[1];
  for (whole of [false, true]) {
    const text = await (await fetch(setup.request("openai_responses", true))).text();
    assertEquals(text.includes(CLIENTS.openai_responses.error), !whole, text);
    const kept = await fetch(`${setup.gateway.url}/v1/responses/${idIn(text)}`);
    await kept.body?.cancel();
    assertEquals(kept.status, whole ? 200 : 404);
  }
});

/** `bytes` of zeros, as gzip has them: a thousandth of it. */
async function bomb(bytes: number): Promise<Uint8Array<ArrayBuffer>> {
  const piece = new Uint8Array(1 << 20);
  const zeros = new ReadableStream<Uint8Array<ArrayBuffer>>({
    pull(controller) {
      if ((bytes -= piece.length) < 0) controller.close();
      else controller.enqueue(piece);
    },
  });
  return await new Response(zeros.pipeThrough(new CompressionStream("gzip"))).bytes();
}

Deno.test("a decompression bomb is not decompressed, from a provider or a client", async () => {
  const small = await bomb(1 << 30);
  await using setup = await FaultSetup.start(async (call) => {
    assertEquals(call.headers.get("accept-encoding"), "identity");
    await call.head(200, {
      "content-type": isStream(call) ? "text/event-stream" : "application/json",
      "content-encoding": "gzip",
    });
    await call.chunk(small);
    await call.end();
  }, QUICK);
  const resident = async () => (await setup.metrics()).get("process_resident_memory_bytes") ?? NaN;
  const before = await resident();
  for (const stream of [false, true]) {
    const response = await fetch(setup.request("openai_chat", stream));
    assertEquals([response.status, codeIn(await response.json())], [502, "upstream_invalid_response"]);
  }
  const request = setup.request("openai_chat", false, { body: small });
  request.headers.set("content-encoding", "gzip");
  const response = await fetch(request);
  await response.body?.cancel();
  assertEquals(response.status, 415);
  const grown = (await resident() - before) / 1e6;
  assert(grown < 200, `1 GB in ${small.length} bytes took ${grown} MB`);
});

Deno.test("a provider that does not end its answer keeps its connection from nobody", async () => {
  await using setup = await FaultSetup.start(async (call) => {
    await call.stream();
    await call.chunk(streamText("openai_chat"));
    await call.closed;
  });
  // One connection at a time: the second request waits until the first one's is given up.
  for (let i = 0; i < 2; i++) {
    const response = await fetch(setup.request("openai_chat", true, { model: "narrow" }));
    assert((await response.text()).endsWith("data: [DONE]\n\n"));
  }
});

Deno.test("an error answer without end is an answer all the same", async () => {
  await using setup = await FaultSetup.start(async (call) => {
    await call.head(400, JSON_TYPE);
    let open = true;
    call.closed.then(() => open = false);
    while (open) await call.chunk("x".repeat(10_000));
  });
  const response = await fetch(setup.request("openai_chat", false));
  assertEquals([response.status, (await response.json()).error.code], [400, "invalid_request"]);
});

Deno.test("malformed streams pass through the whole gateway as what they mean", async () => {
  const spellings: Readonly<Record<string, (stream: string) => string>> = {
    "CR": (stream) => stream.replaceAll("\n", "\r"),
    "CRLF": (stream) => stream.replaceAll("\n", "\r\n"),
    "BOM and comments": (stream) => `\ufeff: hi\n\n${stream.replaceAll("data:", ": x\ndata:")}`,
    "no space": (stream) => stream.replaceAll("data: ", "data:"),
  };
  let spell: (stream: string) => string = (stream) => stream;
  await using setup = await FaultSetup.start(async (call) => {
    const bytes = new TextEncoder().encode(spell(streamText(formatOf(call))));
    await call.stream();
    for (let at = 0; at < bytes.length; at += 7) await call.chunk(bytes.subarray(at, at + 7));
    await call.end();
  });
  for (const [name, spelling] of Object.entries(spellings)) {
    spell = spelling;
    for (const client of FORMATS) {
      for (const model of ["openai", "chat", "anthropic"]) {
        const response = await fetch(setup.request(client, true, { model }));
        const text = await readUntil(readerOf(response), "never");
        assert(text.includes("Hello") && text.includes(" world"), `${name}, ${client} on ${model}: ${text}`);
        const line = await setup.closing(response);
        assertEquals([line.status, line.input_tokens, line.output_tokens], [200, 7, 3], name);
      }
    }
  }
});
