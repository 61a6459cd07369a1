import type { JsonObject } from "../../../wire/canonical.ts";
import type { Behaviour } from "../behaviour.ts";
import { missing, MockRefusal } from "../prompt.ts";
import type { MockEvent } from "../wire.ts";
import type { Shelf } from "./shelf.ts";

/** A request for something else than generation. */
export interface MockCall {
  readonly method: string;
  /** Behind the operation's own path: empty, `/speech`, `/file-1/content`. */
  readonly subpath: string;
  readonly query: URLSearchParams;
  /** A JSON body, or the fields of a form; empty where there is neither. */
  readonly fields: JsonObject;
  /** The files of a form, by its fields' names. */
  readonly files: ReadonlyMap<string, File>;
  /** As asked for, without the behaviour behind its `@`; empty where none is named. */
  readonly model: string;
  readonly behaviour: Behaviour;
  /** Unix seconds. */
  readonly created: number;
  readonly newId: (prefix: string) => string;
  /** What earlier requests left. */
  readonly shelf: Shelf;
}

/** An answer: JSON, bytes of a type, or a stream. */
export type MockOperationAnswer =
  | { readonly json: JsonObject }
  | { readonly bytes: string | Uint8Array<ArrayBuffer>; readonly type: string }
  | { readonly events: Iterable<MockEvent> };

/** @throws {MockRefusal} where the true provider would answer 4xx. */
export type MockOperation = (call: MockCall) => MockOperationAnswer | Promise<MockOperationAnswer>;

/** Something like the number of a text's tokens. */
export function countTokens(text: string): number {
  return Math.ceil(text.length / 4);
}

/** The model that has to be named. */
export function requiredModel(call: MockCall): string {
  if (call.model === "") throw missing("model");
  return call.model;
}

/** The file that a form has to hold. */
export function requiredFile(call: MockCall, name: string): File {
  const file = call.files.get(name);
  if (file === undefined) throw missing(name);
  return file;
}

/** A path or a method that the true provider does not have. */
export function unknownPath(call: MockCall): MockRefusal {
  return new MockRefusal(404, `Invalid URL (${call.method} ${call.subpath})`, null, "unknown_url");
}
