import { assertEquals } from "@std/assert";
import { EventKind } from "../../../lib/wire/codec.ts";
import type { Codec } from "../../../lib/wire/codec.ts";
import { joinBytes } from "../../../lib/wire/join_bytes.ts";
import { encodeSse, SseParser } from "../../../lib/wire/sse.ts";
import { anthropicMessages } from "../../../lib/wire/anthropic_messages.ts";
import { googleGenerateContent } from "../../../lib/wire/google_generate_content.ts";
import { googleInteractions } from "../../../lib/wire/google_interactions.ts";
import { openaiChat } from "../../../lib/wire/openai_chat.ts";
import { openaiResponses } from "../../../lib/wire/openai_responses.ts";
import { PassThrough } from "../../../lib/stages/upstream/translator.ts";

const ROOT = new URL("../../../../shared/recordings/", import.meta.url);

const FOLDERS = [
  ...["openai/chat/", "openai/responses/", "anthropic/", "azure/", "deepseek/chat/", "groq/", "mistral/"],
  ...[
    "open-responses/responses/",
    "openai-compatible/chat/",
    "perplexity/",
    "xai/",
    "xai/responses/",
    "google/",
    "google/interactions/",
  ],
];

/** The format of a recorded stream, by its first event. */
function codecOf(folder: string, text: string): Codec {
  if (folder === "anthropic/") return anthropicMessages;
  if (folder === "google/") return googleGenerateContent;
  if (folder === "google/interactions/") return googleInteractions;
  return text.startsWith('{"type":"response.') ? openaiResponses : openaiChat;
}

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
    if (codec.format === "openai_chat" || codec.format === "google_generate_content") return encodeSse(line);
    const name = /"event_type":\s*"([^"]+)"/.exec(line) ?? /"type":\s*"([^"]+)"/.exec(line);
    return encodeSse(line, name?.[1] ?? "");
  });
  return events.join("") + (codec.format === "openai_chat" ? "data: [DONE]\n\n" : codec.streamTail ?? "");
}

Deno.test({
  name: "PassThrough gives every recorded stream on to the last byte",
  ignore: absent(),
  fn() {
    let streams = 0;
    for (const folder of FOLDERS) {
      for (const entry of Deno.readDirSync(new URL(folder, ROOT))) {
        if (!entry.name.endsWith(".chunks.txt")) continue;
        const text = Deno.readTextFileSync(new URL(folder + entry.name, ROOT));
        const codec = codecOf(folder, text);
        const sent = sseOf(text, codec);
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
  const tail = codec.streamTail === undefined ? null : codec.framing.bytes(codec.streamTail);
  const create = () => new PassThrough(codec.streamObserver(), false, null, tail);
  let translator = create();
  let over = false;
  const parts: Uint8Array[] = [];
  let failed = false;
  const flush = () => {
    const ready = translator.take();
    if (ready !== null) parts.push(ready);
  };
  const parser = new SseParser((event) => {
    // What stands behind the end is the codec's to say.
    if (over && event.data === "[DONE]") return;
    const kind = translator.push(event);
    over = kind === EventKind.Terminal;
    if (kind === EventKind.Error) failed = true;
    if (kind !== EventKind.Terminal) return;
    flush();
    parts.push(translator.end());
    translator = create();
  });
  for (let at = 0; at < bytes.length && !failed; at += size) {
    parser.push(bytes.subarray(at, at + size));
    flush();
  }
  return failed ? null : new TextDecoder().decode(joinBytes(parts));
}
