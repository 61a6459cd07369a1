/** A provider that is spoken to over HTTP/2, by the gateway as it ships. */
import { assert, assertEquals } from "@std/assert";
import { createMockHandler } from "../../lib/providers/mock.ts";
import { RawHttp2Server, type RawStream } from "../providers/http2/raw_http2_server.ts";
import { CHAT_ANSWER } from "./chat_answer.ts";
import { GatewayProcess } from "./gateway_process.ts";

Deno.test("a provider with http2 is asked over HTTP/2, whole and streamed, many at a time", async () => {
  const clients = new Set<number>();
  let http2 = 0;
  let asked = 0;
  const answer = createMockHandler({});
  await using upstream = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    (request, { remoteAddr }) => {
      asked++;
      clients.add(remoteAddr.port);
      // HTTP/2 has no such header.
      if (request.headers.get("host") === null) http2++;
      return answer(request);
    },
  );
  await using gateway = await GatewayProcess.start({
    config: `
server: { drain_delay: 0s }
providers:
  up: { type: openai, base_url: "http://127.0.0.1:${upstream.addr.port}/v1", api_key: planted-key, http2: true }
models: { m: up/mock-m, down: "up/mock-m@status=503", broken: "up/mock-m@disconnect_after=3" }
retry: { attempts: 0 }
`,
  });
  const ask = async (model: string, stream: boolean) => {
    const body = JSON.stringify({ model, stream, messages: [{ role: "user", content: "Hi" }] });
    const response = await fetch(`${gateway.url}/v1/chat/completions`, { method: "POST", body });
    return { status: response.status, text: await response.text() };
  };
  const answers = await Promise.all(Array.from({ length: 40 }, (_, i) => ask("m", i % 2 === 0)));
  for (const [i, { status, text }] of answers.entries()) {
    assertEquals(status, 200);
    if (i % 2 === 0) assert(text.endsWith("data: [DONE]\n\n"), text);
    else assertEquals(JSON.parse(text).object, "chat.completion");
  }
  assertEquals((await ask("down", false)).status, 503);
  const broken = await ask("broken", true);
  assert(broken.text.includes('"error"') && !broken.text.includes("[DONE]"), broken.text);
  assertEquals([http2, clients.size], [asked, 1]);
});

Deno.test("what a provider says goodbye to, or refuses, without having looked at it is sent again; nothing else is", async () => {
  const type = ["content-type", "application/json"];
  const first: RawStream[] = [];
  const bodies: string[] = [];
  const server = new RawHttp2Server(async (stream) => {
    bodies.push(JSON.parse(stream.body).messages[0].content);
    if (stream.connection.number > 0) return await stream.answer(CHAT_ANSWER, 200, type);
    first.push(stream);
    if (first.length < 6) return;
    const [one, two, three] = first.toSorted((a, b) => a.id - b.id);
    await stream.connection.goAway(three?.id ?? 0);
    await one?.answer(CHAT_ANSWER, 200, type);
    await two?.reset(2);
    await three?.reset(7);
  });
  try {
    await using gateway = await GatewayProcess.start({
      config: `
server: { drain_delay: 0s }
providers:
  up: { type: openai, base_url: "${server.url}v1", api_key: planted-key, http2: true }
models: { m: up/m }
retry: { attempts: 0 }
`,
    });
    const statuses = await Promise.all(Array.from({ length: 6 }, async (_, i) => {
      const body = JSON.stringify({ model: "m", messages: [{ role: "user", content: String(i) }] });
      const response = await fetch(`${gateway.url}/v1/chat/completions`, { method: "POST", body });
      await response.body?.cancel();
      return response.status;
    }));
    // The one that the provider had begun and reset may have cost something: it is its client's to ask again.
    assertEquals(statuses.sort(), [200, 200, 200, 200, 200, 502]);
    const asked = Object.values(Object.groupBy(bodies, (it) => it)).map((all) => all?.length ?? 0);
    assertEquals(asked.sort(), [1, 1, 2, 2, 2, 2]);
  } finally {
    await server.close();
  }
});
