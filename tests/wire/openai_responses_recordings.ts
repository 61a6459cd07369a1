import type { JsonObject, StreamEvent } from "../../lib/wire/canonical.ts";
import type { EncodeContext, EventDecoder } from "../../lib/wire/codec.ts";
import { isObject } from "../../lib/wire/shape.ts";
import { sseEvent } from "./recordings.ts";
import { sharedFile } from "./shared.ts";

const FOLDERS = ["openai/responses/", "open-responses/responses/", "xai/responses/", "azure/"];

/** Its first and last line lack a closing brace: what a broken provider sends. */
const BROKEN = "parallel-tool-call-wrapper.1.chunks.txt";
const FAILED = "openai-error.1.chunks.txt";

export interface WholeRecording {
  readonly name: string;
  readonly body: JsonObject;
}

export interface StreamRecording {
  readonly name: string;
  /** The data of each event. */
  readonly lines: readonly string[];
}

function* recordings(ending: string): Generator<{ name: string; text: string }> {
  for (const folder of FOLDERS) {
    const url = sharedFile(`recordings/${folder}`);
    if (url === null) continue;
    const entries = [...Deno.readDirSync(url)];
    for (const { name } of entries.sort((a, b) => a.name.localeCompare(b.name))) {
      if (!name.endsWith(ending)) continue;
      yield { name: folder + name, text: Deno.readTextFileSync(new URL(name, url)) };
    }
  }
}

/** Recorded response objects. */
export const WHOLE: readonly WholeRecording[] = [...recordings(".json")]
  .map(({ name, text }) => ({ name, body: JSON.parse(text) }))
  .filter(({ body }) => body.object === "response");

const FILES = [...recordings(".chunks.txt")]
  .map(({ name, text }) => ({ name, lines: text.split("\n").filter((line) => line.trim() !== "") }))
  .filter(({ lines }) => lines[0]?.includes("response.created"));

/** Recorded streams that end with a response; a file may hold those of several turns. */
export const STREAMS: readonly StreamRecording[] = FILES
  .filter(({ name }) => !name.endsWith(BROKEN) && !name.endsWith(FAILED))
  .flatMap(({ name, lines }) => {
    const starts = [...lines.keys()].filter((index) => typeOf(lines[index]) === "response.created");
    return starts.map((start, turn) => ({
      name: starts.length === 1 ? name : `${name} turn ${turn + 1}`,
      lines: lines.slice(start, starts[turn + 1]),
    }));
  });
export const BROKEN_STREAM = FILES.find(({ name }) => name.endsWith(BROKEN));
export const FAILED_STREAM = FILES.find(({ name }) => name.endsWith(FAILED));

function typeOf(line: string | undefined): string {
  return JSON.parse(line ?? "{}").type;
}

/** Canonical events of a recording, whose lines have no event name as they were kept. */
export function decodeLines(decoder: EventDecoder, lines: readonly string[]): StreamEvent[] {
  return lines.flatMap((line) => decoder.push(sseEvent(line)));
}

/** The response object at a stream's end. */
export function terminalResponse(recording: StreamRecording): JsonObject {
  const { response } = JSON.parse(recording.lines.at(-1) ?? "{}");
  if (!isObject(response)) throw new Error(`Cannot read ${recording.name}: its last event has no response`);
  return response;
}

/** The context of an answer to a request that said what the answer repeats of it. */
export function contextOf(response: JsonObject, request: JsonObject = {}): EncodeContext {
  const { id, model, created_at: created } = response;
  const clients = [
    "instructions",
    "previous_response_id",
    "store",
    "metadata",
    "prompt_cache_key",
    "safety_identifier",
    "user",
  ];
  const echoed = clients.flatMap((field) => {
    const value = response[field];
    return value === undefined ? [] : [[field, value]];
  });
  return {
    id: String(id),
    model: String(model),
    created: Number(created),
    request: { ...Object.fromEntries(echoed), ...request },
    includeUsage: false,
  };
}
