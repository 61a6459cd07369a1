import type { Clock } from "../../clock.ts";
import type { ModelCall } from "../../telemetry/exchange.ts";
import type { JsonObject } from "../../wire/canonical.ts";
import type { Codec, Observed } from "../../wire/codec.ts";
import type { Target } from "../model_table.ts";
import { UpstreamAttempt } from "./attempt.ts";
import { announcedFailure, invalidAnswer } from "./failure.ts";
import { joined } from "./translator.ts";

/** The most that a whole answer may hold, bytes. */
const MAX_BODY = 128 * 1024 * 1024;

const decoder = new TextDecoder("utf-8", { fatal: true });

/** An attempt whose answer comes whole. */
export class WholeAttempt extends UpstreamAttempt {
  /** The answer's bytes as they came, once `done`. */
  bytes: Uint8Array<ArrayBuffer> = new Uint8Array();
  json: JsonObject = {};
  observed: Observed | null = null;
  #chunks: Uint8Array[] = [];
  #length = 0;

  constructor(
    target: Target,
    private readonly codec: Codec,
    private readonly call: ModelCall,
    private readonly clock: Clock,
  ) {
    super(target);
  }

  protected override onBody(chunk: Uint8Array): void {
    if (this.#length === 0) this.call.firstChunkAt = this.clock.now();
    this.#length += chunk.length;
    if (this.#length > MAX_BODY) {
      this.handle?.abort();
      return this.settle(invalidAnswer(this.target.provider.name, "an answer over the size limit"));
    }
    this.#chunks.push(chunk);
  }

  protected override onBodyEnd(): void {
    const [first] = this.#chunks;
    const bytes = this.#chunks.length === 1 && first !== undefined ? first : joined(this.#chunks);
    const json = parsed(bytes);
    if (json === null) {
      return this.settle(invalidAnswer(this.target.provider.name, "an answer that is not JSON"));
    }
    const observed = this.codec.observeResponse(json);
    if (observed.error !== null) return this.settle(announcedFailure(observed.error));
    this.bytes = bytes as Uint8Array<ArrayBuffer>;
    this.json = json;
    this.observed = observed;
    this.settle(null);
  }
}

function parsed(bytes: Uint8Array): JsonObject | null {
  try {
    const value: unknown = JSON.parse(decoder.decode(bytes));
    return typeof value === "object" && value !== null && !Array.isArray(value) ? value as JsonObject : null;
  } catch {
    return null;
  }
}
