/**
 * Nobody makes the gateway connect elsewhere than to the configured providers: no URL in a request is opened, whatever
 * its spelling, no redirect is followed, and a name that leads elsewhere the next time is looked at each time.
 */
import { assert, assertEquals } from "@std/assert";
import { systemClock } from "../../lib/clock.ts";
import { Deadlines } from "../../lib/deadlines.ts";
import { AddressBook } from "../../lib/providers/address_book.ts";
import { createProvider } from "../../lib/providers/create_provider.ts";
import { HttpClient } from "../../lib/providers/http_client.ts";
import type { UpstreamHandler, UpstreamRequest } from "../../lib/providers/provider.ts";
import { routeTo } from "../../lib/providers/route.ts";
import { ManualClock } from "../manual_clock.ts";
import { WHOLE } from "../stages/scripts.ts";
import { InProcessGateway } from "./in_process.ts";
import { hosts, urls } from "./ssrf_forms.ts";

const PROVIDER_KEY = "planted-provider-key";
const TIMEOUTS = { connect: 300, firstChunk: 1000, betweenChunks: 1000, total: 1000 };

const REQUEST: UpstreamRequest = {
  operation: "generate",
  format: "openai_chat",
  model: "m",
  stream: false,
  body: new TextEncoder().encode("{}"),
  headers: [],
  query: "",
};

/** Why a request failed; "none" where it did not. */
function failureOf(send: (handler: UpstreamHandler) => unknown): Promise<string> {
  return new Promise((resolve) => {
    send({
      onResponse() {},
      onData() {},
      onEnd: () => resolve("none"),
      onError: ({ message }) => resolve(message),
    });
  });
}

/** Several at a time. */
async function inTurns<Item>(items: readonly Item[], each: (item: Item) => Promise<void>): Promise<void> {
  const waiting = items.values();
  await Promise.all(Array.from({ length: 16 }, async () => {
    for (const item of waiting) await each(item);
  }));
}

/** Counts who connects, on both families, on one port. */
function listeners(): { port: number; connections: () => number; received: () => string } & Disposable {
  let connections = 0;
  let received = "";
  const all: Deno.TcpListener[] = [];
  const count = async (listener: Deno.TcpListener) => {
    for await (const conn of listener) {
      connections++;
      const buffer = new Uint8Array(4096);
      conn.read(buffer).then((length) => {
        received += new TextDecoder().decode(buffer.subarray(0, length ?? 0));
        conn.close();
      }).catch(() => {});
    }
  };
  const first = Deno.listen({ hostname: "0.0.0.0", port: 0 });
  const { port } = first.addr;
  all.push(first);
  try {
    all.push(Deno.listen({ hostname: "::1", port }));
  } catch {
    // A machine without IPv6.
  }
  for (const listener of all) count(listener);
  return {
    port,
    connections: () => connections,
    received: () => received,
    [Symbol.dispose]: () => all.forEach((listener) => listener.close()),
  };
}

/** Everything in a request that a URL may stand in, or has stood in elsewhere. */
function requests(url: string): readonly (readonly [path: string, body: unknown])[] {
  // What other gateways have taken a provider's address from.
  const base = { api_base: url, base_url: url, baseUrl: url, custom_host: url, endpoint: url, webhook: url };
  const text = { type: "text", text: "Hi" };
  const chat = (content: unknown) => ({ messages: [{ role: "user", content }], ...base });
  return [
    ["/v1/chat/completions", { model: "chat", ...chat([text, { type: "image_url", image_url: { url } }]) }],
    ["/v1/chat/completions", {
      model: "anthropic",
      ...chat([text, { type: "image_url", image_url: { url } }, { type: "file", file: { file_data: url } }]),
    }],
    ["/v1/responses", {
      model: "chat",
      input: [{
        role: "user",
        content: [{ type: "input_text", text: "Hi" }, { type: "input_image", image_url: url }, {
          type: "input_file",
          file_url: url,
        }],
      }],
      tools: [{ type: "mcp", server_url: url, server_label: "x" }],
      ...base,
    }],
    ["/v1/messages", {
      model: "anthropic",
      max_tokens: 9,
      mcp_servers: [{ type: "url", url, name: "x" }],
      ...chat([text, { type: "image", source: { type: "url", url } }, {
        type: "document",
        source: { type: "url", url },
      }]),
    }],
    ["/v1beta/models/chat:generateContent", {
      contents: [{
        role: "user",
        parts: [{ text: "Hi" }, { fileData: { mimeType: "image/png", fileUri: url } }],
      }],
    }],
    ["/v1beta/interactions", { model: "chat", input: [{ type: "image", uri: url }], webhook_url: url }],
    ["/api/chat", {
      model: "chat",
      stream: false,
      messages: [{ role: "user", content: "Hi", images: [url] }],
    }],
  ];
}

function headers(url: string): Headers {
  const all = new Headers({ "content-type": "application/json" });
  const names = [
    ...["x-forwarded-host", "x-forwarded-server", "forwarded", "x-original-url", "x-rewrite-url", "referer"],
    ...[
      "x-portkey-custom-host",
      "x-base-url",
      "x-api-base",
      "x-litellm-api-base",
      "x-gateway-base-url",
      "origin",
    ],
  ];
  for (const name of names) {
    try {
      all.set(name, url);
    } catch {
      // Such a value cannot be sent at all.
    }
  }
  return all;
}

Deno.test("no URL in a request is opened, in 500 spellings and more, and no redirect followed", async () => {
  using elsewhere = listeners();
  const forms = urls(elsewhere.port);
  assert(forms.length >= 500, `${forms.length} forms`);
  let redirect = "";
  let redirected = 0;
  let asked = 0;
  await using upstream = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
    asked++;
    const format = new URL(request.url).pathname.endsWith("/messages") ? "anthropic_messages" : "openai_chat";
    await request.body?.cancel();
    if (redirect === "") return Response.json(WHOLE[format]);
    redirected++;
    const location = encodeURI(redirect.trim());
    return new Response(null, {
      status: [301, 302, 303, 307, 308][redirected % 5] ?? 302,
      headers: { location },
    });
  });
  const base = `http://127.0.0.1:${upstream.addr.port}`;
  await using gateway = await InProcessGateway.start(`
backends: { breaker: { failures: 0 } }
retry: { attempts: 1 }
providers:
  openai: { type: openai_compatible, base_url: "${base}/v1", api_key: ${PROVIDER_KEY} }
  claude: { type: anthropic, base_url: "${base}", api_key: ${PROVIDER_KEY} }
models: { chat: openai/x, anthropic: claude/x }
pass_through: { provider: openai }
`);
  const ask = async (path: string, url: string, body?: unknown) => {
    const answer = body === undefined
      ? await gateway.ask(path, { headers: headers(url) })
      : await gateway.ask(path, { method: "POST", headers: headers(url), body: JSON.stringify(body) });
    await answer.body?.cancel();
    assert(answer.status !== 500, `${answer.status} for ${path} with ${url}`);
    return answer;
  };
  await inTurns(forms, async (url) => {
    for (const [path, body] of requests(url)) await ask(path, url, body);
    // The paths of what is passed through, where a URL may stand for a name.
    await ask(`/v1/files/${encodeURIComponent(url)}`, url);
    await ask(`/v1/models/${encodeURIComponent(url)}`, url);
  });
  assert(asked > forms.length, `the provider was asked ${asked} times`);
  for (const url of forms) {
    redirect = url;
    const [[path, body] = ["", null]] = requests(url);
    const answer = await ask(path, url, body);
    assert(answer.status >= 400, `${answer.status} after a redirect to ${url}`);
    assertEquals(answer.headers.get("location"), null);
  }
  assertEquals(redirected, forms.length);
  assertEquals([elsewhere.connections(), elsewhere.received()], [0, ""]);
});

Deno.test("a provider with `addresses: public` gets no connection and no key in any spelling of a private address", async () => {
  using elsewhere = listeners();
  const deadlines = new Deadlines(systemClock);
  let tried = 0;
  for (const form of hosts()) {
    const url = URL.parse(`http://${form}:${elsewhere.port}/v1`);
    // Such a host no configuration can name.
    if (url === null) continue;
    tried++;
    const provider = await createProvider("p", {
      type: "openai_compatible",
      baseUrl: url.href,
      auth: { kind: "keys", keys: [{ key: { reveal: () => PROVIDER_KEY }, weight: 1 }] },
      headers: {},
      timeouts: TIMEOUTS,
      proxy: "none",
      ca: null,
      addresses: "public",
      maxConnections: 1,
      maxQueue: 1,
    }, {
      clock: systemClock,
      deadlines,
      proxyEnvironment: {},
      userAgent: "test",
      random: Math.random,
      // Whatever is no address already leads to this machine.
      resolve: () => Promise.resolve(["127.0.0.1", "::1", "::ffff:127.0.0.1"]),
      onWarning: () => {},
    });
    assertEquals(
      await failureOf((handler) => provider.send(REQUEST, handler)),
      "no address of the host is permitted",
      form,
    );
    await provider.close();
  }
  assert(tried > 100, `${tried} spellings`);
  assertEquals([elsewhere.connections(), elsewhere.received()], [0, ""]);
});

Deno.test("a name that leads elsewhere the next time is looked at each time, and connected to as it was looked at", async () => {
  using elsewhere = listeners();
  // Global, and nobody's: no route leads there.
  const harmless = "2fff:ffff::1";
  const answers = [[harmless], ["127.0.0.1"], [harmless, "127.0.0.1"], ["::ffff:7f00:1", harmless], [
    "0.0.0.0",
  ]];
  const clock = new ManualClock();
  let asked = 0;
  const book = new AddressBook("rebind.test", {
    clock,
    ttl: 0,
    policy: "public",
    resolve: () => Promise.resolve(answers[asked++ % answers.length] ?? []),
  });
  for (let turn = 0; turn < 50; turn++) {
    const order = await book.order().catch((error: Error & { code?: string }) => error.code);
    assert(order === "ADDRESS_REFUSED" || String(order) === harmless, String(order));
    // What was refused is asked for again in a while; until then the addresses before serve.
    clock.advance(6_000);
  }
  assertEquals(asked, 50);
  const deadlines = new Deadlines(systemClock);
  await Promise.all(answers.map(async (_, first) => {
    let lookUps = first;
    const route = routeTo(new URL(`http://rebind.test:${elsewhere.port}`), null, null, {
      clock: systemClock,
      ttl: 0,
      policy: "public",
      resolve: () => Promise.resolve(answers[lookUps++ % answers.length] ?? []),
    });
    const client = new HttpClient({ route, maxConnections: 4, maxQueue: 100, timeouts: TIMEOUTS, deadlines });
    for (let turn = 0; turn < 5; turn++) {
      await failureOf((it) => client.send("GET", "/", ["authorization", PROVIDER_KEY], null, null, it));
    }
    await client.close();
  }));
  assertEquals([elsewhere.connections(), elsewhere.received()], [0, ""]);
});
