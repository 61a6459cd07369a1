import { GatewayError } from "../errors.ts";
import type { ChatRequest, JsonObject, JsonValue } from "../wire/canonical.ts";
import type { Codec } from "../wire/codec.ts";
import type { Framing } from "../wire/framing.ts";
import { edit, type JsonEdit, type JsonScan, scanJson } from "../wire/json_scanner.ts";
import type { Target } from "./model_table.ts";

const decoder = new TextDecoder();
const encoder = new TextEncoder();

/** What a request's path says of it, where the API puts it there. */
export interface NamedInPath {
  readonly model: string;
  /** Absent: the body tells. */
  readonly stream?: boolean;
}

/**
 * A client's request on its way through the stages. The bytes are kept as they came: what goes to a provider of
 * the same format is these bytes with the smallest edit. They are parsed only when someone has to look inside,
 * and then everybody sees the same parse.
 */
export class ModelRequest {
  /** The model that was asked for. */
  readonly model: string;
  readonly stream: boolean;
  /** The client's forwarded query string, with its `?`, or empty. */
  query = "";
  /** How the client's stream is framed. */
  framing: Framing;
  /** Filled by the routing stages: where to go, the first choice first. */
  targets: readonly Target[] = [];
  /** `input` as a provider of the same format shall see it, where that is not what the body says. */
  nativeInput: readonly JsonValue[] | null = null;
  /** Set where a conversation's earlier turns were put before the client's own input. */
  previousResponseId: string | null = null;
  /**
   * Awaited before the terminal bytes of the answer go out, with the answer's object in the client's format:
   * what is acknowledged is stored. A rejection turns the end into an error.
   */
  beforeEnd: ((final: JsonObject) => Promise<void>) | null = null;
  #bytes: Uint8Array;
  #scan: JsonScan;
  #json: JsonObject | null = null;
  #canonical: ChatRequest | null = null;

  /**
   * @param named what the path says in the body's place. The body then gets the model too, unless its format
   * keeps it in the path.
   * @throws {GatewayError} where the bytes are no JSON object with a `model`.
   */
  constructor(readonly codec: Codec, bytes: Uint8Array, named: NamedInPath | null = null) {
    this.framing = codec.framing;
    this.#bytes = bytes;
    this.#scan = scanJson(bytes);
    this.model = named?.model ?? modelIn(this.#scan);
    this.stream = named?.stream ?? streamIn(this.#scan);
    if (named !== null && codec.modelInPath !== true && this.#scan.value("model") !== named.model) {
      this.rewrite([{ set: "model", value: jsonBytes(named.model) }]);
    }
  }

  /** The body as it stands now. */
  get bytes(): Uint8Array {
    return this.#bytes;
  }

  /** A top-level field, or `undefined`; parses that field alone. */
  field(name: string): JsonValue | undefined {
    return this.#json === null ? this.#scan.value(name) : this.#json[name];
  }

  /** The whole body, parsed once. Not to be changed: use {@linkcode rewrite}. */
  get json(): JsonObject {
    this.#json ??= JSON.parse(decoder.decode(this.#bytes)) as JsonObject;
    return this.#json;
  }

  /** What the request means. @throws {GatewayError} 400 with the place where it means nothing. */
  get canonical(): ChatRequest {
    if (this.#canonical === null) {
      this.#canonical = this.codec.decodeRequest(this.json);
      if (this.codec.modelInPath === true) {
        this.#canonical.model = this.model;
        this.#canonical.stream = this.stream;
      }
    }
    return this.#canonical;
  }

  /** The body with edits at their places, itself unchanged. */
  edited(edits: readonly JsonEdit[]): Uint8Array {
    return edit(this.#scan, edits);
  }

  /** Replaces the request by an edited one, for all that comes after. */
  rewrite(edits: readonly JsonEdit[]): void {
    this.#bytes = edit(this.#scan, edits);
    this.#scan = scanJson(this.#bytes);
    this.#json = null;
    this.#canonical = null;
  }
}

function modelIn(scan: JsonScan): string {
  const model = scan.value("model");
  if (typeof model === "string" && model !== "") return model;
  if (model === undefined) {
    throw new GatewayError("missing_required_parameter", "Missing required parameter: 'model'.", {
      param: "model",
    });
  }
  throw new GatewayError("invalid_request", "Invalid 'model': expected a non-empty string.", {
    param: "model",
  });
}

function streamIn(scan: JsonScan): boolean {
  const stream = scan.value("stream");
  if (stream === undefined || stream === null || typeof stream === "boolean") return stream === true;
  throw new GatewayError("invalid_request", "Invalid 'stream': expected a boolean.", { param: "stream" });
}

/** JSON text of a value, for an edit. */
export function jsonBytes(value: JsonValue | readonly JsonValue[]): Uint8Array {
  return encoder.encode(JSON.stringify(value));
}
