import type { UpstreamError, UpstreamHandler, UpstreamHeaders } from "../../lib/providers/provider.ts";

/** Keeps what a call says, for tests to wait on. */
export class RecordedAnswer implements UpstreamHandler {
  readonly calls: string[] = [];
  readonly chunks: Uint8Array[] = [];
  status = 0;
  headers: UpstreamHeaders | null = null;
  error: UpstreamError | null = null;
  bytes = 0;
  /** Settles with the last call, `end` or the error's kind. */
  readonly over: Promise<string>;
  /** Settles with the status. */
  readonly answered: Promise<number>;
  /** Settles with the first chunk. */
  readonly began: Promise<void>;
  onChunk: (chunk: Uint8Array) => void = () => {};
  #over: (how: string) => void = () => {};
  #answered: (status: number) => void = () => {};
  #began: () => void = () => {};

  constructor() {
    this.over = new Promise((resolve) => this.#over = resolve);
    this.answered = new Promise((resolve) => this.#answered = resolve);
    this.began = new Promise((resolve) => this.#began = resolve);
  }

  get text(): string {
    const decoder = new TextDecoder();
    return this.chunks.map((chunk) => decoder.decode(chunk, { stream: true })).join("");
  }

  onConnect(): void {
    this.calls.push("connect");
  }

  onResponse(status: number, headers: UpstreamHeaders): void {
    this.calls.push("response");
    this.status = status;
    this.headers = headers;
    this.#answered(status);
  }

  onData(chunk: Uint8Array): void {
    if (this.calls.at(-1) !== "data") this.calls.push("data");
    this.chunks.push(chunk);
    this.bytes += chunk.length;
    this.#began();
    this.onChunk(chunk);
  }

  onEnd(): void {
    this.calls.push("end");
    this.#over("end");
  }

  onError(error: UpstreamError): void {
    this.calls.push("error");
    this.error = error;
    this.#over(error.kind);
  }
}
