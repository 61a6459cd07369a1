import { assertEquals } from "@std/assert";
import { EventKind } from "../../../lib/wire/codec.ts";
import type { Codec } from "../../../lib/wire/codec.ts";
import { joinBytes } from "../../../lib/wire/join_bytes.ts";
import { encodeSse, SseParser } from "../../../lib/wire/sse.ts";
import { anthropicMessages } from "../../../lib/wire/anthropic_messages.ts";
import { openaiChat } from "../../../lib/wire/openai_chat.ts";
import { openaiResponses } from "../../../lib/wire/openai_responses.ts";
import { PassThrough } from "../../../lib/stages/upstream/translator.ts";

const ROOT = new URL("../../../../shared/recordings/", import.meta.url);

const FOLDERS: readonly [string, Codec][] = [
  ["openai/chat/", openaiChat],
  ["openai/responses/", openaiResponses],
  ["anthropic/", anthropicMessages],
];

function absent(): boolean {
  try {
    return !Deno.statSync(ROOT).isDirectory;
  } catch {
    return true;
  }
}

/** The recording as its provider's server-sent events: one payload a line there, named by its type here. */
function sseOf(text: string, codec: Codec): string {
  const events = text.split("\n").filter((line) => line !== "").map((line) => {
    if (codec.format === "openai_chat") return encodeSse(line);
    const name = /"type":\s*"([^"]+)"/.exec(line)?.[1] ?? "";
    return encodeSse(line, name);
  });
  return events.join("") + (codec.format === "openai_chat" ? "data: [DONE]\n\n" : "");
}

Deno.test({
  name: "PassThrough gives every recorded stream of OpenAI and Anthropic on to the last byte",
  ignore: absent(),
  fn() {
    let streams = 0;
    for (const [folder, codec] of FOLDERS) {
      for (const entry of Deno.readDirSync(new URL(folder, ROOT))) {
        if (!entry.name.endsWith(".chunks.txt")) continue;
        const sent = sseOf(Deno.readTextFileSync(new URL(folder + entry.name, ROOT)), codec);
        for (const size of [sent.length, 7]) {
          const passed = passThrough(new TextEncoder().encode(sent), codec, size);
          if (passed === null) continue;
          assertEquals(passed, sent, `${entry.name} in pieces of ${size}`);
          streams++;
        }
      }
    }
    assertEquals(streams > 80, true, `${streams} streams`);
  },
});

/**
 * What clients get of a stream that comes in pieces; null where the provider's own stream reports an error. Some
 * recordings hold the streams of several turns: each has a translator of its own.
 */
function passThrough(bytes: Uint8Array, codec: Codec, size: number): string | null {
  let translator = new PassThrough(codec.streamObserver(), false, null);
  const parts: Uint8Array[] = [];
  let failed = false;
  const flush = () => {
    const ready = translator.take();
    if (ready !== null) parts.push(ready);
  };
  const parser = new SseParser((event) => {
    const kind = translator.push(event);
    if (kind === EventKind.Error) failed = true;
    if (kind !== EventKind.Terminal) return;
    flush();
    parts.push(translator.end());
    translator = new PassThrough(codec.streamObserver(), false, null);
  });
  for (let at = 0; at < bytes.length && !failed; at += size) {
    parser.push(bytes.subarray(at, at + size));
    flush();
  }
  return failed ? null : new TextDecoder().decode(joinBytes(parts));
}
