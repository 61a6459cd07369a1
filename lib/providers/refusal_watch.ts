import type { Clock } from "../clock.ts";
import type { Credential } from "./credentials/credential_source.ts";
import type { UpstreamError, UpstreamHandler, UpstreamHeaders } from "./provider.ts";
import { retryAfterOf } from "./retry_after.ts";

/** Not accepted, not paid for, not allowed, at its limit. */
const REFUSALS = new Set([401, 402, 403, 429]);

/** Tells a credential that the provider refused it, before anybody hears of the answer. */
export class RefusalWatch implements UpstreamHandler {
  readonly #handler: UpstreamHandler;
  readonly #credential: Credential;
  readonly #clock: Clock;

  constructor(handler: UpstreamHandler, credential: Credential, clock: Clock) {
    this.#handler = handler;
    this.#credential = credential;
    this.#clock = clock;
  }

  onQueue(): void {
    this.#handler.onQueue?.();
  }

  onDequeue(): void {
    this.#handler.onDequeue?.();
  }

  onConnect(): void {
    this.#handler.onConnect?.();
  }

  onResponse(status: number, headers: UpstreamHeaders): void {
    if (REFUSALS.has(status)) {
      const retryAfter = retryAfterOf(headers, this.#clock.wall());
      if (this.#credential.refused?.(status, retryAfter)) this.#handler.onOtherKey?.();
    }
    this.#handler.onResponse(status, headers);
  }

  onData(chunk: Uint8Array): void {
    this.#handler.onData(chunk);
  }

  onEnd(): void {
    this.#handler.onEnd();
  }

  onError(error: UpstreamError): void {
    this.#handler.onError(error);
  }
}
