import type { StoredEvent } from "../../stores/run_store.ts";
import type { JsonObject } from "../../wire/canonical.ts";
import { edit, scanJson } from "../../wire/json_scanner.ts";
import { errorOf, FAILED } from "../../wire/openai_responses/observe.ts";
import { encodeSse, type SseEvent } from "../../wire/sse.ts";
import { isObject } from "../../wire/shape.ts";
import { failedResponse, isOver, type RunResponse } from "./run_response.ts";

/** Events that a run says itself, before the provider says them. */
const BEGINNING: ReadonlySet<string> = new Set(["response.created", "response.queued"]);
const TERMINAL: ReadonlySet<string> = new Set([
  "response.completed",
  "response.incomplete",
  "response.failed",
]);

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** The events of a run: those of its provider's answer, numbered anew behind the run's own. */
export class RunEvents {
  #sequence = 0;
  /** How it ended: the terminal event's response. Null before that. */
  ending: RunResponse | null = null;

  constructor(private readonly response: RunResponse) {}

  /** The events that stand at the beginning of every run. */
  begin(): StoredEvent[] {
    const { response } = this;
    return ["response.created", "response.queued"].map((type) => this.#own(type, response));
  }

  /** @returns the event as the run shows it; null for one that it shows otherwise. */
  push(event: SseEvent): StoredEvent | null {
    if (this.ending !== null || BEGINNING.has(event.type)) return null;
    if (TERMINAL.has(event.type) || event.type === "error") {
      this.ending = this.#endingOf(event);
      return null;
    }
    const sequence = this.#sequence++;
    return { sequence, text: encodeSse(numbered(event.data, sequence), event.type) };
  }

  /** The last event, with the response as it ended. */
  end(response: RunResponse): StoredEvent {
    return terminalEvent(this.#sequence++, response);
  }

  #endingOf(event: SseEvent): RunResponse {
    const body: unknown = JSON.parse(event.data);
    const value = body as JsonObject;
    if (isObject(value.response)) return { ...value.response, id: this.response.id };
    const { code, message } = errorOf(value) ?? FAILED;
    return failedResponse(this.response, code, message);
  }

  #own(type: string, response: RunResponse): StoredEvent {
    return responseEvent(type, this.#sequence++, response);
  }
}

/** An event's data with its number. What is no JSON that can be edited stays what it is, as in any other stream. */
function numbered(data: string, sequence: number): string {
  const value = encoder.encode(String(sequence));
  try {
    return decoder.decode(edit(scanJson(encoder.encode(data)), [{ set: "sequence_number", value }]));
  } catch {
    return data;
  }
}

/**
 * The event that ends a run. OpenAI has none for a cancelled response: it is told as an incomplete one, whose status
 * says `cancelled`.
 */
export function terminalEvent(sequence: number, response: RunResponse): StoredEvent {
  if (!isOver(response)) throw new Error(`Cannot end a run: its response is ${response.status}`);
  const status = response.status === "completed" || response.status === "failed"
    ? response.status
    : "incomplete";
  return responseEvent(`response.${status}`, sequence, response);
}

function responseEvent(type: string, sequence: number, response: RunResponse): StoredEvent {
  const data = JSON.stringify({ type, sequence_number: sequence, response });
  return { sequence, text: encodeSse(data, type) };
}
