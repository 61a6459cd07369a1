import { GatewayError, invalidParam } from "../errors.ts";
import type { JsonObject, JsonValue } from "../wire/canonical.ts";
import { edit, type JsonEdit, type JsonScan, scanJson } from "../wire/json_scanner.ts";
import type { FallbackReason } from "./backends/fallback_reason.ts";
import type { Continues, Target } from "./model_table.ts";
import type { Hedge } from "./upstream/hedge.ts";

const decoder = new TextDecoder();
const encoder = new TextEncoder();

/** What a request's path says of it, where the API puts it there. */
export interface NamedInPath {
  readonly model: string;
  /** Absent: the body tells. */
  readonly stream?: boolean;
}

export interface JsonRequestOptions {
  /** What the path says in the body's place. The body then gets the model too, unless its format keeps it there. */
  readonly named?: NamedInPath | null;
  readonly modelInPath?: boolean;
  /** Whether a body that does not say asks for a stream. */
  readonly streams?: boolean;
  /** Whether a model need not be named. */
  readonly anyModel?: boolean;
}

/** What the routing stages need of a request, and what they fill in. */
export interface RoutedRequest {
  /** The model that was asked for. */
  readonly model: string;
  /** Where to go, the first choice first. */
  targets: readonly Target[];
  /** Where to go when a target refuses the request for such a reason; null: nowhere. */
  rescue: Readonly<Partial<Record<FallbackReason, readonly Target[]>>> | null;
  /** When another target is asked besides; null: never. Of generation alone. */
  hedge: Hedge | null;
  /** Whether another target goes on with a stream that broke off. Of generation alone. */
  continues: Continues;
}

/**
 * A request with a JSON object as its body, on its way through the stages. The bytes are kept as they came: what
 * goes to a provider of the same format is these bytes with the smallest edit. They are parsed only when someone
 * has to look inside, and then everybody sees the same parse.
 */
export class JsonRequest implements RoutedRequest {
  /** Empty where none is named and none has to be; another than the client's once one was selected. */
  model: string;
  /** The model as the body has it. */
  readonly writtenModel: string;
  readonly stream: boolean;
  /** The client's forwarded query string, with its `?`, or empty. */
  query = "";
  targets: readonly Target[] = [];
  rescue: RoutedRequest["rescue"] = null;
  hedge: Hedge | null = null;
  continues: Continues = "never";
  #bytes: Uint8Array;
  #scan: JsonScan;
  #json: JsonObject | null = null;

  /** @throws {GatewayError} where the bytes are no JSON object, or name no model and have to. */
  constructor(bytes: Uint8Array, options: JsonRequestOptions = {}) {
    const { named = null, modelInPath = false, streams = false, anyModel = false } = options;
    this.#bytes = bytes;
    this.#scan = scanJson(bytes);
    this.model = this.writtenModel = named?.model ?? modelIn(this.#scan, anyModel);
    this.stream = named?.stream ?? streamIn(this.#scan, streams);
    if (named !== null && !modelInPath && this.#scan.value("model") !== named.model) {
      this.#replace([{ set: "model", value: jsonBytes(named.model) }]);
    }
  }

  /** The body as it stands now. */
  get bytes(): Uint8Array {
    return this.#bytes;
  }

  /** The elements of the top-level array `messages` as they stand in the body; null where there is none. */
  messageSlices(): Uint8Array[] | null {
    const places = this.#scan.member("messages")?.elements ?? null;
    if (places === null) return null;
    const slices: Uint8Array[] = [];
    for (let at = 0; at + 1 < places.length; at += 2) {
      slices.push(this.#bytes.subarray(places[at], places[at + 1]));
    }
    return slices;
  }

  /** A top-level field, or `undefined`; parses that field alone. */
  field(name: string): JsonValue | undefined {
    return this.#json === null ? this.#scan.value(name) : this.#json[name];
  }

  /** Gives the top-level fields that have a reader to it, in the order of the body. */
  read<Into>(readers: ReadonlyMap<string, (value: JsonValue, into: Into) => void>, into: Into): void {
    for (const { key } of this.#scan.members) {
      const reader = readers.get(key);
      const value = reader === undefined ? undefined : this.field(key);
      if (reader !== undefined && value !== undefined) reader(value, into);
    }
  }

  /** The whole body, parsed once. Not to be changed: use {@linkcode rewrite}. */
  get json(): JsonObject {
    this.#json ??= JSON.parse(decoder.decode(this.#bytes)) as JsonObject;
    return this.#json;
  }

  /** The body with edits at their places, itself unchanged. */
  edited(edits: readonly JsonEdit[]): Uint8Array {
    return edit(this.#scan, edits);
  }

  /** Replaces the request by an edited one, for all that comes after. */
  rewrite(edits: readonly JsonEdit[]): void {
    this.#replace(edits);
  }

  /** What the constructor may call, before the fields of heirs are there. */
  #replace(edits: readonly JsonEdit[]): void {
    this.#bytes = edit(this.#scan, edits);
    this.#scan = scanJson(this.#bytes);
    this.#json = null;
  }
}

function modelIn(scan: JsonScan, optional: boolean): string {
  const model = scan.value("model");
  if (typeof model === "string" && model !== "") return model;
  if (optional && (model === undefined || model === null)) return "";
  if (model === undefined) {
    throw new GatewayError("missing_required_parameter", "Missing required parameter: 'model'.", {
      param: "model",
    });
  }
  throw invalidParam("model", "a non-empty string");
}

function streamIn(scan: JsonScan, otherwise: boolean): boolean {
  const stream = scan.value("stream");
  if (stream === undefined || stream === null) return otherwise;
  if (typeof stream === "boolean") return stream;
  throw invalidParam("stream", "a boolean");
}

/** JSON text of a value, for an edit. */
export function jsonBytes(value: JsonValue | readonly JsonValue[]): Uint8Array {
  return encoder.encode(JSON.stringify(value));
}
