/** Streams as the standard allows them and providers send them: the client gets the same of all. */
import { assertEquals } from "@std/assert";
import type { WireFormat } from "../../lib/wire/canonical.ts";
import { SSE_FORMATS } from "../wire/codecs.ts";
import { SseParser } from "../../lib/wire/sse.ts";
import { CODECS, StageBench } from "./stage_bench.ts";
import { ScriptedProvider, type Step } from "./scripted_provider.ts";
import { REQUESTS, STREAM_BEGINS, STREAMS } from "./scripts.ts";

const BYTES = new TextEncoder();

/** Ways to write one and the same stream. */
const SPELLINGS: Readonly<Record<string, (stream: string) => string>> = {
  "LF": (stream) => stream,
  "CR": (stream) => stream.replaceAll("\n", "\r"),
  "CRLF": (stream) => stream.replaceAll("\n", "\r\n"),
  "mixed line ends": (stream) => stream.replaceAll("\n\n", "\r\n\r"),
  "a byte order mark": (stream) => `\ufeff${stream}`,
  "comments": (stream) => `: hello\n\n${stream.replaceAll("data:", ": keep-alive\n:\ndata:")}: bye\n\n`,
  "no space behind the colon": (stream) =>
    stream.replaceAll("data: ", "data:").replaceAll("event: ", "event:"),
  "data on several lines": (stream) => stream.replaceAll("data: {", "data: {\ndata: "),
  "other fields": (stream) => stream.replaceAll("data:", "id: 1\nretry: 10\nnonsense\ndata:"),
  "blank lines": (stream) => `\n\n${stream.replaceAll("\n\n", "\n\n\n\n")}`,
  "empty data in between": (stream) => stream.replaceAll("event: ", "event: x\n\nevent: "),
};

function streamOf(format: WireFormat): string {
  const { prelude, content, finish, terminal } = STREAMS[format];
  return prelude + content("Grüße, 世界 ") + content("🦕") + finish + terminal;
}

/** What a client reads of it: names and data of the events, without ids that are made anew each time. */
async function clientEvents(
  client: WireFormat,
  upstream: WireFormat,
  chunks: readonly Uint8Array[],
): Promise<string[]> {
  const script: Step[] = [STREAM_BEGINS, ...chunks.map((bytes): Step => ({ bytes })), { end: true }];
  const stage = new StageBench({
    providers: [new ScriptedProvider("up", [upstream], [script])],
    codec: CODECS[client],
    body: { ...REQUESTS[client], stream: true },
  });
  const events: string[] = [];
  const parser = new SseParser((event) => {
    const data = event.data === "[DONE]" ? event.data : JSON.stringify(JSON.parse(event.data));
    events.push(
      `${event.type} ${data.replaceAll(/[_"-][0-9a-f]{32}|[a-z]+_[A-Za-z0-9]{20,}/g, "ID")}`,
    );
  });
  parser.push(BYTES.encode(await stage.text()));
  assertEquals(parser.end(), true);
  assertEquals(stage.exchange.outcome, "success");
  return events;
}

for (const upstream of SSE_FORMATS) {
  for (const client of SSE_FORMATS) {
    Deno.test(`a stream of ${upstream} for ${client} is the same however it is spelt and split`, async () => {
      const stream = streamOf(upstream);
      const expected = await clientEvents(client, upstream, [BYTES.encode(stream)]);
      for (const [name, spell] of Object.entries(SPELLINGS)) {
        const bytes = BYTES.encode(spell(stream));
        assertEquals(await clientEvents(client, upstream, [bytes]), expected, name);
        const single = Array.from(bytes, (byte) => Uint8Array.of(byte));
        assertEquals(await clientEvents(client, upstream, single), expected, `${name}, byte by byte`);
      }
    });
  }
}

Deno.test("a stream is the same wherever it is cut in two", async () => {
  for (const format of SSE_FORMATS) {
    const bytes = BYTES.encode(SPELLINGS["CRLF"]?.(streamOf(format)));
    const expected = await clientEvents(format, format, [bytes]);
    for (let at = 1; at < bytes.length; at++) {
      const events = await clientEvents(format, format, [bytes.slice(0, at), bytes.slice(at)]);
      assertEquals(events, expected, `${format}, cut at ${at}`);
    }
  }
});
