import { assertEquals, assertRejects } from "@std/assert";
import { PlainHttp } from "../../../lib/telemetry/exporters/plain_http.ts";
import { freePort } from "../../free_port.ts";

const BODY = new Uint8Array(300_000).fill(7);
const NEVER = new AbortController().signal;

function serve(
  handler: (request: Request) => Response | Promise<Response>,
  port = 0,
): { origin: string; port: number; server: Deno.HttpServer } {
  const server = Deno.serve({ hostname: "127.0.0.1", port, onListen() {} }, handler);
  const { port: got } = server.addr as Deno.NetAddr;
  return { origin: `http://127.0.0.1:${got}`, port: got, server };
}

Deno.test("PlainHttp posts what it is given and tells status, headers and body", async () => {
  const seen: { path: string; length: number; headers: Headers }[] = [];
  const { origin, server } = serve(async (request) => {
    const { pathname, search } = new URL(request.url);
    seen.push({ path: pathname + search, length: (await request.bytes()).length, headers: request.headers });
    return new Response("busy", { status: 503, headers: { "retry-after": "7" } });
  });
  const http = new PlainHttp(origin);
  for (let i = 0; i < 3; i++) {
    const { status, headers, body } = await http.post("/v1/traces?a=b", { "x-key": "k" }, BODY, 100, NEVER);
    assertEquals([status, headers.get("retry-after"), headers.get("absent")], [503, "7", null]);
    assertEquals(new TextDecoder().decode(body), "busy");
  }
  assertEquals(
    seen.map(({ path, length }) => [path, length]),
    Array(3).fill(["/v1/traces?a=b", BODY.length]),
  );
  assertEquals(seen[0]?.headers.get("x-key"), "k");
  http.close();
  await server.shutdown();
});

Deno.test("PlainHttp reads an answer in chunks, and keeps no more of it than it may", async () => {
  const { origin, server } = serve(async (request) => {
    await request.bytes();
    return new Response(
      new ReadableStream({
        start(controller) {
          for (let i = 0; i < 50; i++) controller.enqueue(new Uint8Array(100));
          controller.close();
        },
      }),
    );
  });
  const http = new PlainHttp(origin);
  const { status, body } = await http.post("/", {}, BODY, 1000, NEVER);
  assertEquals(status, 200);
  assertEquals(body.length <= 1000, true);
  http.close();
  await server.shutdown();
});

Deno.test("PlainHttp says that a connection was refused, and follows no redirect", async () => {
  const nobody = new PlainHttp(`http://127.0.0.1:${freePort()}`);
  await assertRejects(() => nobody.post("/", {}, BODY, 100, NEVER), TypeError, "connection refused");
  nobody.close();
  const { origin, server } = serve(async (request) => {
    await request.bytes();
    return new Response(null, { status: 307, headers: { location: "/elsewhere" } });
  });
  const http = new PlainHttp(origin);
  assertEquals((await http.post("/", {}, BODY, 100, NEVER)).status, 307);
  http.close();
  await server.shutdown();
});

Deno.test("PlainHttp connects again, without a word, where the server has closed an idle connection", async () => {
  const answer = async (request: Request) => {
    await request.bytes();
    return new Response("ok");
  };
  const first = serve(answer);
  const http = new PlainHttp(first.origin);
  assertEquals((await http.post("/", {}, BODY, 100, NEVER)).status, 200);
  await first.server.shutdown();
  const second = serve(answer, first.port);
  assertEquals((await http.post("/", {}, BODY, 100, NEVER)).status, 200);
  http.close();
  await second.server.shutdown();
});

Deno.test("PlainHttp gives up at once when told to, before and after it has connected, and works again after that", async () => {
  const arrived = Promise.withResolvers<void>();
  const enough = Promise.withResolvers<void>();
  let hang = true;
  const { origin, server } = serve(async (request) => {
    await request.bytes();
    arrived.resolve();
    if (hang) await enough.promise;
    return new Response("ok");
  });
  const http = new PlainHttp(origin);
  await assertRejects(() => http.post("/", {}, BODY, 100, AbortSignal.abort()), TypeError, "given up");
  const giveUp = new AbortController();
  const posted = assertRejects(() => http.post("/", {}, BODY, 100, giveUp.signal), TypeError, "given up");
  await arrived.promise;
  giveUp.abort();
  await posted;
  hang = false;
  assertEquals((await http.post("/", {}, BODY, 100, NEVER)).status, 200);
  enough.resolve();
  http.close();
  await server.shutdown();
});
