/** What a collector made of one attempt. */
export type OtlpVerdict =
  | { readonly kind: "taken"; readonly rejected: number; readonly message: string }
  /** May be tried again, after the given time where it asked for one. */
  | { readonly kind: "busy"; readonly message: string; readonly retryAfterMs: number | null }
  | { readonly kind: "refused"; readonly message: string };

/** One attempt to send a batch, over gRPC or HTTP. */
export interface OtlpWire {
  /** @throws where no answer came, which may be tried again. */
  send(body: Uint8Array<ArrayBuffer>, signal: AbortSignal): Promise<OtlpVerdict>;
}
