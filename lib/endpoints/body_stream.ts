import { GatewayError } from "../errors.ts";
import type { Exchange } from "../telemetry/exchange.ts";
import { clientLeft, stalledBody, tooLargeBody } from "./body_errors.ts";
import { discardRest } from "./discard_body.ts";
import { type ReadBodyOptions, SLOWEST_BYTES_PER_SECOND } from "./read_body.ts";

/**
 * A request's body as it comes, a piece at a time and not before it is asked for: so the provider's pace is the
 * client's. Only the time that the client keeps us waiting counts against it.
 */
export class BodyStream {
  readonly #exchange: Exchange;
  readonly #options: ReadBodyOptions;
  /** Null until something was asked for: who waits to be told to send is not told before. */
  #reader: ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>> | null = null;
  /** Bytes so far. */
  total = 0;
  #waited = 0;
  #sinceThen = 0;
  #late = false;

  /** @param options its limit is that of the whole. */
  constructor(exchange: Exchange, options: ReadBodyOptions, private readonly now: () => number) {
    this.#exchange = exchange;
    this.#options = options;
  }

  /** The most that it may have, bytes. */
  get limit(): number {
    return this.#options.limit;
  }

  /**
   * The next piece, or null at the end.
   * @throws {GatewayError} as `readBody` does.
   */
  async next(): Promise<Uint8Array<ArrayBuffer> | null> {
    const reader = this.#reader ??= this.#exchange.request?.body?.getReader() ?? null;
    if (reader === null) return null;
    const { deadlines, limit, timeout } = this.#options;
    const asked = this.now();
    const deadline = deadlines.after(timeout || Infinity, () => {
      this.#late = true;
      reader.cancel().catch(() => {});
    });
    try {
      const { done, value } = await reader.read();
      if (this.#late) throw stalledBody(timeout);
      if (done) return null;
      this.total += value.length;
      if (!this.#exchange.finished) this.#exchange.requestBytes = this.total;
      if (this.total > limit) throw tooLargeBody(limit);
      this.#checkPace(this.now() - asked, value.length);
      return value;
    } catch (cause) {
      throw cause instanceof GatewayError ? cause : this.#late ? stalledBody(timeout) : clientLeft(cause);
    } finally {
      deadlines.cancel(deadline);
    }
  }

  /** A client that sends a byte now and then would hold the request for ever. */
  #checkPace(waited: number, bytes: number): void {
    const { timeout } = this.#options;
    if (timeout === 0) return;
    this.#waited += waited;
    this.#sinceThen += bytes;
    if (this.#waited < timeout) return;
    if (this.#sinceThen < SLOWEST_BYTES_PER_SECOND * this.#waited / 1000) throw stalledBody(timeout);
    this.#waited = 0;
    this.#sinceThen = 0;
  }

  /** Nobody wants the rest. Reads on for a little, so that the client sees its answer in place of a reset. */
  discard(): void {
    if (this.#reader !== null) void discardRest(this.#reader, this.#options.deadlines);
  }
}
