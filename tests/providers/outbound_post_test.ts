/** What the gateway posts of itself: to the place that was named, over the way that providers are asked by. */
import { assert, assertEquals } from "@std/assert";
import { systemClock } from "../../lib/clock.ts";
import { Deadlines } from "../../lib/deadlines.ts";
import { OutboundPost, type OutboundPostOptions } from "../../lib/providers/outbound_post.ts";

const DEADLINES = new Deadlines(systemClock);

interface Received {
  readonly method: string;
  readonly path: string;
  readonly headers: Headers;
  readonly body: string;
}

/** A server that answers with a status, or with whatever is given. */
function server(answer: (received: Received) => Response | Promise<Response>) {
  const received: Received[] = [];
  const serving = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
    const { pathname, search } = new URL(request.url);
    const { method, headers } = request;
    const it = { method, path: pathname + search, headers, body: await request.text() };
    received.push(it);
    return await answer(it);
  });
  return { received, port: serving.addr.port, [Symbol.asyncDispose]: () => serving.shutdown() };
}

function opened(options: Partial<OutboundPostOptions> & { readonly url: string }): OutboundPost {
  return new OutboundPost({
    headers: {},
    timeout: 5_000,
    deadlines: DEADLINES,
    dns: { resolve: () => Promise.resolve(["127.0.0.1"]), ttl: 0, clock: systemClock, policy: "any" },
    proxyEnvironment: {},
    ca: null,
    ...options,
  });
}

Deno.test("OutboundPost posts JSON with its headers, and gives the status", async () => {
  await using hook = server(() => new Response("thanks", { status: 202 }));
  const post = opened({
    url: `http://us%20er:pass@hook.test:${hook.port}/a/b?c=d`,
    headers: { "X-Token": "t", "content-type": "application/vnd.alert+json" },
  });
  assertEquals(await post.post({ n: 1, text: "é" }), { status: 202 });
  await post.close();
  const [{ method, path, headers, body } = { headers: new Headers() }] = hook.received as Partial<Received>[];
  assertEquals([method, path, JSON.parse(body ?? "")], ["POST", "/a/b?c=d", { n: 1, text: "é" }]);
  assertEquals(
    ["x-token", "content-type", "host", "authorization"].map((name) => headers?.get(name)),
    ["t", "application/vnd.alert+json", `hook.test:${hook.port}`, `Basic ${btoa("us er:pass")}`],
  );
});

Deno.test("OutboundPost follows no redirect", async () => {
  await using elsewhere = server(() => new Response());
  for (const status of [301, 302, 303, 307, 308]) {
    await using hook = server(() =>
      new Response(null, { status, headers: { location: `http://127.0.0.1:${elsewhere.port}/` } })
    );
    const post = opened({ url: `http://hook.test:${hook.port}/` });
    assertEquals(await post.post({}), { status });
    await post.close();
  }
  assertEquals(elsewhere.received, []);
});

Deno.test("OutboundPost connects to no address that its host must not have, whatever its name leads to", async () => {
  await using elsewhere = server(() => new Response());
  const cases: [policy: "any" | "public", addresses: string[]][] = [
    ["any", ["169.254.169.254"]],
    ["any", ["::ffff:169.254.169.254", "fd00:ec2::254"]],
    ["any", ["100.100.100.200"]],
    ["public", ["127.0.0.1"]],
    ["public", ["10.0.0.1", "::1"]],
    ["public", ["::ffff:7f00:1"]],
  ];
  for (const [policy, addresses] of cases) {
    const post = opened({
      url: `http://hook.test:${elsewhere.port}/`,
      headers: { authorization: "Bearer planted" },
      dns: { resolve: () => Promise.resolve(addresses), ttl: 0, clock: systemClock, policy },
    });
    assertEquals(await post.post({}), { failure: "no address of the host is permitted" }, addresses.join());
    await post.close();
  }
  assertEquals(elsewhere.received, []);
});

Deno.test("OutboundPost gives up after its time, and says nothing of the URL", async () => {
  const never = Promise.withResolvers<Response>();
  await using hook = server(() => never.promise);
  const post = opened({ url: `http://hook.test:${hook.port}/secret-path`, timeout: 60 });
  const posted = await post.post({});
  assert("failure" in posted && !posted.failure.includes("secret"), JSON.stringify(posted));
  await post.close();
  never.resolve(new Response());
});

Deno.test("OutboundPost.close() gives up what is under way", async () => {
  const arrived = Promise.withResolvers<void>();
  const never = Promise.withResolvers<Response>();
  await using hook = server(() => {
    arrived.resolve();
    return never.promise;
  });
  const post = opened({ url: `http://hook.test:${hook.port}/` });
  const posted = post.post({});
  await arrived.promise;
  await post.close();
  assertEquals(await posted, { failure: "the gateway ends" });
  never.resolve(new Response());
});

Deno.test("OutboundPost goes through the proxy that the environment names", async () => {
  await using proxy = server(() => new Response(null, { status: 204 }));
  const post = opened({
    url: "http://hook.invalid/x?y=z",
    proxyEnvironment: { httpProxy: `http://127.0.0.1:${proxy.port}` },
  });
  assertEquals(await post.post({}), { status: 204 });
  await post.close();
  assertEquals(proxy.received[0]?.headers.get("host"), "hook.invalid");
});
