/** What is particular to clients of Google's API: keys in the query, streams as arrays, models in the path. */
import { assert, assertEquals } from "@std/assert";
import { STREAMS, streamText, WHOLE } from "../stages/scripts.ts";
import { FaultSetup, isStream, readerOf, readUntil } from "./fault_setup.ts";
import type { UpstreamCall } from "./upstream_server.ts";

const KEY = "planted-client-key";
const FORMAT = "google_generate_content";
const BODY = JSON.stringify({ contents: [{ role: "user", parts: [{ text: "Hi" }] }] });

async function answer(call: UpstreamCall): Promise<void> {
  if (!isStream(call)) return await call.answer(200, JSON.stringify(WHOLE[FORMAT]));
  await call.stream();
  await call.chunk(streamText(FORMAT));
  await call.end();
}

Deno.test("a key in the query opens the gateway, and is neither logged nor passed on", async () => {
  const asked: UpstreamCall[] = [];
  await using setup = await FaultSetup.start(
    (call) => {
      asked.push(call);
      return answer(call);
    },
    `server: { drain_delay: 0s }\nauth: { keys: [{ name: app, key: ${KEY} }] }`,
  );
  const post = (path: string) => fetch(setup.gateway.url + path, { method: "POST", body: BODY });
  const model = "/v1beta/models/gemini";
  assertEquals((await (await post(`${model}:generateContent?key=${KEY}`)).json()).responseId, "up");
  assertEquals(
    await (await post(`${model}:streamGenerateContent?alt=sse&key=${KEY}`)).text(),
    streamText(FORMAT),
  );
  const listed = await fetch(`${setup.gateway.url}/v1beta/models?key=${KEY}`);
  assert((await listed.json()).models.some((each: { name: string }) => each.name === "models/gemini"));
  const refused = await post(`${model}:generateContent?key=wrong-key`);
  const { error } = await refused.json();
  assertEquals([refused.status, error.code, error.status], [401, 401, "UNAUTHENTICATED"]);
  assertEquals(asked.map(({ path }) => path), [
    "/v1beta/models/up:generateContent",
    "/v1beta/models/up:streamGenerateContent?alt=sse",
  ]);
  for (const call of asked) assertEquals(JSON.stringify([call.text, [...call.headers]]).includes(KEY), false);
  await setup.closing(refused);
  assertEquals(JSON.stringify(setup.gateway.logs).includes(KEY), false);
  assert(setup.gateway.logs.some((line) => line.path === "/v1beta/models/gemini:generateContent"));
});

Deno.test("without alt=sse a stream is one JSON array, errors in it too", async () => {
  let cut = false;
  await using setup = await FaultSetup.start(async (call) => {
    if (!cut) return await answer(call);
    await call.stream();
    await call.chunk(STREAMS[FORMAT].content("Hello"));
    call.cut();
  });
  const url = `${setup.gateway.url}/v1beta/models/gemini:streamGenerateContent`;
  const response = await fetch(url, { method: "POST", body: BODY });
  assertEquals(response.headers.get("content-type"), "application/json");
  assertEquals((await response.json()).at(-1).candidates[0].finishReason, "STOP");
  assertEquals((await setup.closing(response)).status, 200);
  cut = true;
  const broken = await fetch(url, { method: "POST", body: BODY });
  const { error } = (await broken.json()).at(-1);
  assertEquals([error.code, error.status], [502, "UNAVAILABLE"]);
});

Deno.test("a client that leaves an array lets the provider go", async () => {
  const reached = Promise.withResolvers<UpstreamCall>();
  await using setup = await FaultSetup.start(async (call) => {
    reached.resolve(call);
    await call.stream();
    await call.chunk(STREAMS[FORMAT].content("Hello"));
    await call.closed;
  });
  const leaving = new AbortController();
  const response = await fetch(`${setup.gateway.url}/v1beta/models/gemini:streamGenerateContent`, {
    method: "POST",
    body: BODY,
    signal: leaving.signal,
  });
  await readUntil(readerOf(response), "Hello");
  leaving.abort();
  await (await reached.promise).closed;
  const line = await setup.closing(response);
  assertEquals([line.status, line.event], [499, "request.cancelled"]);
});
