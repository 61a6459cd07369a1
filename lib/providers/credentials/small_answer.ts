import { joinBytes } from "../../wire/join_bytes.ts";
import type { UpstreamError, UpstreamHandler } from "../provider.ts";

/** The most that is kept of an answer where nobody says, bytes. */
const MAX_ANSWER = 64 * 1024;

/** A short answer, as it comes in: of a service that gives credentials, or takes word of something. */
export class SmallAnswer implements UpstreamHandler {
  readonly over: Promise<UpstreamError | null>;
  status = 0;
  readonly #chunks: Uint8Array[] = [];
  #length = 0;
  readonly #most: number;
  #settle: (failure: UpstreamError | null) => void = () => {};

  /** @param most bytes; what is longer is over there, and whoever asked gives it up. */
  constructor(most = MAX_ANSWER) {
    this.#most = most;
    this.over = new Promise((resolve) => this.#settle = resolve);
  }

  /** Whether all of it was kept. */
  get whole(): boolean {
    return this.#length <= this.#most;
  }

  get bytes(): Uint8Array<ArrayBuffer> {
    return joinBytes(this.#chunks);
  }

  onResponse(status: number): void {
    this.status = status;
  }

  onData(chunk: Uint8Array): void {
    this.#length += chunk.length;
    if (this.whole) this.#chunks.push(chunk);
    else this.#settle(null);
  }

  onEnd(): void {
    this.#settle(null);
  }

  onError(error: UpstreamError): void {
    this.#settle(error);
  }
}

/** The JSON object in it; an empty one where there is none. */
export function parsedAnswer(bytes: Uint8Array): Readonly<Record<string, unknown>> {
  try {
    const json: unknown = JSON.parse(new TextDecoder().decode(bytes));
    return typeof json === "object" && json !== null ? json as Record<string, unknown> : {};
  } catch {
    return {};
  }
}
