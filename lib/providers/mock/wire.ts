import type { JsonObject, WireFormat } from "../../wire/canonical.ts";
import { encodeSse } from "../../wire/sse.ts";
import type { MockAnswer } from "./answer.ts";
import type { MockPrompt } from "./prompt.ts";

/** What one event of a mock's stream is: content is paced, counted and broken off; the terminal one may be left out. */
export type MockEventKind = "prelude" | "content" | "closing" | "terminal";

export interface MockEvent {
  readonly kind: MockEventKind;
  /** In a binary wire a byte a character. */
  readonly text: string;
}

export function mockEvent(kind: MockEventKind, data: JsonObject, name = ""): MockEvent {
  return { kind, text: encodeSse(JSON.stringify(data), name) };
}

/** A request that is being answered. */
export interface MockRequest {
  readonly body: JsonObject;
  /** Of the answer. */
  readonly id: string;
  /** As the answer names it. */
  readonly model: string;
  readonly prompt: MockPrompt;
  /** One a choice. */
  readonly answers: readonly [MockAnswer, ...MockAnswer[]];
  readonly inputTokens: number;
  readonly cachedTokens: number;
  /** Unix seconds. */
  readonly created: number;
  /** Makes an id behind a prefix. */
  readonly newId: (prefix: string) => string;
}

/** An error as a provider family says it. */
export interface MockError {
  readonly status: number;
  readonly message: string;
  readonly param: string | null;
  readonly code: string | null;
}

/** A wire format as the mock speaks it. It shares nothing with the gateway's codecs, which it helps to test. */
export interface MockWire {
  readonly format: WireFormat;
  /** Model and streaming stand in the path of its requests. */
  readonly modelInPath?: true;
  /** Of an answer's id. */
  readonly idPrefix: string;
  /** Header that carries the provider's own request id. */
  readonly requestIdHeader: string;
  /** `content-type` of its streams. Default: server-sent events. */
  readonly streamType?: string;
  /** A body that does not say `stream` asks for one. */
  readonly streamsByDefault?: boolean;
  /** Its events' texts are bytes, one a character. */
  readonly binary?: true;
  /** @throws {MockRefusal} where the true provider would answer 400. */
  read(body: JsonObject): MockPrompt;
  whole(request: MockRequest): JsonObject;
  stream(request: MockRequest): MockEvent[];
  error(error: MockError): JsonObject;
  /** What its error answers have besides, names in lower case. */
  errorHeaders?(error: MockError): readonly (readonly [name: string, value: string])[];
  /** What a stream ends with when the provider fails in its middle; `sequence` counts the events before it. */
  errorEvents(request: MockRequest, sequence: number): string;
}
