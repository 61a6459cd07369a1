/** A provider that is spoken to over HTTP/2, by the gateway as it ships. */
import { assert, assertEquals } from "@std/assert";
import { createMockHandler } from "../../lib/providers/mock.ts";
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
