import { assert, assertEquals } from "@std/assert";
import { jsonArrayOf } from "../../lib/endpoints/json_array_stream.ts";

const encoder = new TextEncoder();

function streamOf(text: string, size: number): ReadableStream<Uint8Array<ArrayBuffer>> {
  const bytes = encoder.encode(text);
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  for (let at = 0; at < bytes.length; at += size) chunks.push(bytes.slice(at, at + size));
  return ReadableStream.from(chunks);
}

Deno.test("jsonArrayOf() makes an element of each event, however it is split", async () => {
  const events = 'data: {"a":"ü"}\n\n: ping\n\ndata: {"b":[1]}\n\nevent: x\ndata: {"error":{}}\n\n';
  for (const size of [1, 7, 1000]) {
    const text = await new Response(jsonArrayOf(streamOf(events, size))).text();
    assertEquals(JSON.parse(text), [{ a: "ü" }, { b: [1] }, { error: {} }], text);
  }
});

Deno.test("jsonArrayOf() is an array where nothing comes, and keeps a waiting client alive with white space", async () => {
  assertEquals(await new Response(jsonArrayOf(streamOf("", 1))).text(), "[]");
  const text = await new Response(jsonArrayOf(streamOf(": ping\n\n: ping\n\n", 8))).text();
  assertEquals([text.trim(), text.length > 2], ["[]", true]);
});

Deno.test("jsonArrayOf() lets the source go when its reader leaves", async () => {
  let cancelled = false;
  const source = new ReadableStream<Uint8Array<ArrayBuffer>>({
    start: (controller) => controller.enqueue(encoder.encode("data: {}\n\n")),
    cancel: () => {
      cancelled = true;
    },
  });
  const reader = jsonArrayOf(source).getReader();
  assertEquals(new TextDecoder().decode((await reader.read()).value), "[{}");
  await reader.cancel();
  assert(cancelled);
});
