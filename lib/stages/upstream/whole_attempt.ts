import type { ModelCall } from "../../telemetry/exchange.ts";
import type { JsonObject } from "../../wire/canonical.ts";
import type { Observed } from "../../wire/codec.ts";
import type { Target } from "../model_table.ts";
import { UpstreamAttempt } from "./attempt.ts";
import { recordObserved } from "./call_record.ts";
import { blockedAnswer, invalidAnswer, isGuards } from "./failure.ts";
import { joinBytes } from "../../wire/join_bytes.ts";

/** The most that a whole answer may hold, bytes. */
const MAX_BODY = 128 * 1024 * 1024;

const decoder = new TextDecoder("utf-8", { fatal: true });

/** An answer in the client's format, as bytes and parsed. */
export interface ConvertedAnswer {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly json: JsonObject;
}

/** Makes the client's answer of a provider's. Throws where that is no answer of its format. */
export type AnswerConversion = (bytes: Uint8Array<ArrayBuffer>, json: JsonObject) => ConvertedAnswer;

const NEVER = { firstChunkAt: NaN, endedAt: NaN };

/** An attempt whose answer comes whole. */
export class WholeAttempt extends UpstreamAttempt {
  /** What the client gets and what the provider said of it; null until the attempt ended well. */
  answer: ConvertedAnswer | null = null;
  observed: Observed | null = null;
  /** When the answer was there whole, monotonic milliseconds. */
  answeredAt = NaN;
  #chunks: Uint8Array[] = [];
  #length = 0;

  constructor(
    target: Target,
    private readonly observe: (json: JsonObject) => Observed,
    private readonly call: ModelCall,
    private readonly convert: AnswerConversion,
  ) {
    super(target);
  }

  override get answering(): boolean {
    return this.#length > 0;
  }

  protected override onBody(chunk: Uint8Array): void {
    this.#length += chunk.length;
    if (this.#length > MAX_BODY) {
      this.handle?.abort();
      return this.settle(invalidAnswer(this.target.provider.name, "an answer over the size limit"));
    }
    this.#chunks.push(chunk);
  }

  protected override onBodyEnd(): void {
    // The attempt's record has the times.
    const { firstChunkAt, endedAt } = this.record ?? NEVER;
    this.call.firstChunkAt = firstChunkAt;
    this.answeredAt = endedAt;
    const provider = this.target.provider.name;
    const [first] = this.#chunks;
    const bytes = this.#chunks.length === 1 && first !== undefined ? first : joinBytes(this.#chunks);
    const json = parsed(bytes);
    if (json === null) return this.settle(invalidAnswer(provider, "an answer that is not JSON"));
    const observed = this.observe(json);
    if (observed.error !== null) return this.settle(this.announced(observed.error));
    try {
      this.answer = this.convert(bytes as Uint8Array<ArrayBuffer>, json);
    } catch (cause) {
      if (isGuards(cause)) {
        recordObserved(this.call, observed);
        return this.settle(blockedAnswer(cause));
      }
      return this.settle(invalidAnswer(provider, "an answer that cannot be read", cause));
    }
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
