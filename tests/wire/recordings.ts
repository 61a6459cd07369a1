import { parse } from "@std/yaml";
import type { JsonObject } from "../../lib/wire/canonical.ts";
import { SseEvent, SseParser } from "../../lib/wire/sse.ts";
import { sharedFile } from "./shared.ts";

const utf8 = new TextEncoder();
const NO_BYTES = new Uint8Array(0);

/** One recording: a whole answer or a stream's events. */
export interface Recording {
  /** Path below `../shared/recordings`. */
  readonly name: string;
  readonly body: JsonObject | null;
  readonly events: SseEvent[] | null;
}

/** The recordings of a folder (`anthropic`, `openai/chat`), each of its kind; none where the folder is absent. */
export function recordings(folder: string): Recording[] {
  const url = sharedFile(`recordings/${folder}/`);
  if (url === null) return [];
  const found: Recording[] = [];
  for (const { name, isFile } of Deno.readDirSync(url)) {
    if (!isFile) continue;
    const text = Deno.readTextFileSync(new URL(name, url));
    const path = `${folder}/${name}`;
    if (name.endsWith(".json")) found.push({ name: path, body: JSON.parse(text), events: null });
    if (name.endsWith(".chunks.txt")) found.push({ name: path, body: null, events: chunkEvents(text) });
  }
  return found.sort((a, b) => a.name < b.name ? -1 : 1);
}

/** The folders with chat completions; what else they hold is left out below. */
const CHAT_FOLDERS = [
  ...[
    "openai/chat",
    "openai-compatible/chat",
    "azure",
    "groq",
    "mistral",
    "deepseek/chat",
    "xai",
    "perplexity",
  ],
];

/** All chat completions, with the `[DONE]` that their recorder left out of streams. */
export function chatRecordings(): Recording[] {
  const found = CHAT_FOLDERS.flatMap(recordings).filter(({ body, events }) =>
    body !== null ? Array.isArray(body.choices) : !events?.[0]?.type.startsWith("response.")
  );
  for (const { events } of found) events?.push(sseEvent("[DONE]"));
  return found;
}

/** All of Google's contents; the folder beside them holds another API's. */
export function contentRecordings(): Recording[] {
  return recordings("google");
}

/** All of Google's interactions. */
export function interactionRecordings(): Recording[] {
  return recordings("google/interactions");
}

/** A stream in which a second message begins before the first ends, as no provider should send it. */
export const SPLICED = "anthropic/spliced-message-start.chunks.txt";

/** All of Anthropic's messages; some recordings hold the streams of several turns, which come one by one. */
export function messageRecordings(): Recording[] {
  return recordings("anthropic").filter((recording) => recording.name !== SPLICED).flatMap((recording) =>
    recording.events === null ? [recording] : turns(recording.events).map((events, turn) => ({
      ...recording,
      name: `${recording.name}#${turn}`,
      events,
    }))
  );
}

function turns(events: readonly SseEvent[]): SseEvent[][] {
  const found: SseEvent[][] = [[]];
  for (const event of events) {
    found.at(-1)?.push(event);
    if (event.type === "message_stop") found.push([]);
  }
  return found.filter((turn) => turn.length > 0);
}

/** One event's data a line; the name of the event, where the API has them, is the data's `type` or `event_type`. */
function chunkEvents(text: string): SseEvent[] {
  return text.split("\n").filter((line) => line.trim() !== "").map((data) => {
    const event = JSON.parse(data);
    const name = event.event_type ?? event.type;
    return sseEvent(data, typeof name === "string" ? name : "");
  });
}

export function sseEvent(data: string | JsonObject, type = ""): SseEvent {
  return new SseEvent(type, typeof data === "string" ? data : JSON.stringify(data), null, NO_BYTES);
}

/** The events in SSE text. */
export function sseEvents(text: string): SseEvent[] {
  const events: SseEvent[] = [];
  const parser = new SseParser((event) => events.push(event));
  parser.push(utf8.encode(text));
  parser.end();
  return events;
}

/** One request with its answer, as `openai-http` has them. */
export interface Exchange {
  readonly name: string;
  readonly request: JsonObject;
  readonly status: number;
  readonly response: string;
}

/** Recorded exchanges whose file names begin with `prefix`. */
export function exchanges(prefix: string): Exchange[] {
  const url = sharedFile("recordings/openai-http/");
  if (url === null) return [];
  const found: Exchange[] = [];
  for (const { name } of Deno.readDirSync(url)) {
    if (!name.startsWith(prefix)) continue;
    const cassette = parse(Deno.readTextFileSync(new URL(name, url))) as {
      interactions: { request: { body: string }; response: { body: string; code: number } }[];
    };
    for (const { request, response } of cassette.interactions) {
      found.push({ name, request: JSON.parse(request.body), status: response.code, response: response.body });
    }
  }
  return found.sort((a, b) => a.name < b.name ? -1 : 1);
}
