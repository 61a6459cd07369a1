import type { GatewayError } from "../../errors.ts";
import type { Attempt } from "../../telemetry/exchange.ts";
import type { Observed, ObservedError } from "../../wire/codec.ts";
import type { PassedKey } from "../../providers/credentials/passed_key.ts";
import type {
  UpstreamError,
  UpstreamHandle,
  UpstreamHandler,
  UpstreamHeaders,
} from "../../providers/provider.ts";
import { joinBytes } from "../../wire/join_bytes.ts";
import type { Target } from "../model_table.ts";
import {
  announcedFailure,
  answeredFailure,
  type AttemptFailure,
  connectionFailure,
  invalidAnswer,
} from "./failure.ts";

/** The most that is kept of a provider's error answer, bytes. */
const MAX_ERROR_BODY = 256 * 1024;

const NO_HEADERS: UpstreamHeaders = { get: () => null, entries: () => [] };

/**
 * One try at one target: collects an error answer, and hands the body of a good one to its heir. `done` settles
 * once, with null when the answer was all right or with why it was not.
 */
export abstract class UpstreamAttempt implements UpstreamHandler {
  readonly done: Promise<AttemptFailure | null>;
  headers: UpstreamHeaders | null = null;
  /** Set by who sends it; null until then, and the answer may begin before. */
  handle: UpstreamHandle | null = null;
  /** The client's own key, if it goes along; it is struck out of what the provider says. */
  passedKey: PassedKey | null = null;
  /** Null until it is sent. */
  record: Attempt | null = null;
  /** Called with its first content, before that goes out; null: nobody else may have some. */
  onContent: (() => void) | null = null;
  /** Names of what the target could not be told. */
  dropped = "";
  #otherKey = false;
  #settle!: (failure: AttemptFailure | null) => void;
  #settled = false;
  #errorStatus = 0;
  #errorBody: Uint8Array[] = [];
  #errorBytes = 0;

  /** Whether a page is no sign of a proxy that answers in the provider's place. */
  protected get mayBePage(): boolean {
    return false;
  }

  /** Whether its answer has begun to arrive. */
  get answering(): boolean {
    return false;
  }

  /** What is known of an answer that has not come to its end; null: nothing. */
  get seen(): Observed | null {
    return null;
  }

  constructor(readonly target: Target) {
    this.done = new Promise((resolve) => this.#settle = resolve);
  }

  onOtherKey(): void {
    this.#otherKey = true;
  }

  onResponse(status: number, headers: UpstreamHeaders): void {
    this.headers = headers;
    if (status < 200 || status > 299) {
      this.#errorStatus = status;
      return;
    }
    const type = headers.get("content-type") ?? "";
    if (type.startsWith("text/html") && !this.mayBePage) {
      this.handle?.abort();
      this.settle(invalidAnswer(this.target.provider.name, "an HTML page"));
    }
  }

  onData(chunk: Uint8Array): void {
    if (this.#settled) return;
    if (this.#errorStatus === 0) return this.onBody(chunk);
    this.#errorBytes += chunk.length;
    if (this.#errorBytes <= MAX_ERROR_BODY) {
      this.#errorBody.push(chunk);
    } else {
      // What it is about stands in the status; nobody waits for the end of such a page.
      this.handle?.abort();
      this.#answered();
    }
  }

  onEnd(): void {
    if (this.#settled) return;
    if (this.#errorStatus === 0) this.onBodyEnd();
    else this.#answered();
  }

  onError(error: UpstreamError): void {
    if (this.#settled) return;
    // A refusal stays one, though its body broke off.
    if (this.#errorStatus !== 0) this.#answered();
    else this.settle(connectionFailure(error, this.target.provider.name));
  }

  /** Ends the attempt for a reason that is not the provider's. */
  cancel(why: GatewayError): void {
    this.handle?.abort();
    this.settle({ error: why, advice: "never" });
  }

  /** The provider's own error answer, as far as it came. */
  #answered(): void {
    const { headers, target: { provider }, passedKey } = this;
    if (headers === null) return;
    const status = this.#errorStatus;
    const error = provider.decodeError(status, headers, joinBytes(this.#errorBody), passedKey);
    this.settle(this.#otherKey ? { error, advice: "other_key" } : answeredFailure(error, status));
  }

  /** The failure that a provider speaks of in the body of an answer that began well. */
  protected announced(error: ObservedError): AttemptFailure {
    return announcedFailure(error, this.target.provider, this.headers ?? NO_HEADERS, this.passedKey);
  }

  protected settle(failure: AttemptFailure | null): void {
    if (this.#settled) return;
    this.#settled = true;
    this.#settle(failure);
  }

  protected abstract onBody(chunk: Uint8Array): void;
  protected abstract onBodyEnd(): void;
}
