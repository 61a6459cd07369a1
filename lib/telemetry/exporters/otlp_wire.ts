import type { OtlpSignalRow } from "./signals.ts";
import type { Transport } from "./transport.ts";

/** What a collector made of one attempt. */
export type OtlpVerdict =
  | { readonly kind: "taken"; readonly rejected: number; readonly message: string }
  /** May be tried again, after the given time where it asked for one. */
  | { readonly kind: "busy"; readonly message: string; readonly retryAfterMs: number | null }
  | { readonly kind: "refused"; readonly message: string };

/** Sends a batch, over gRPC or HTTP. */
export interface OtlpWire {
  /** A batch in protocol buffers as it goes out: made once, however often it is sent. */
  pack(batch: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>>;
  /**
   * One attempt.
   * @throws where no answer came, which may be tried again.
   */
  send(packed: Uint8Array<ArrayBuffer>, signal: AbortSignal): Promise<OtlpVerdict>;
}

/** What every wire is made of. */
export interface OtlpWireOptions {
  readonly transport: Transport;
  /** Over HTTP whole; for gRPC the origin. */
  readonly url: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly gzip: boolean;
  readonly signal: OtlpSignalRow;
}
