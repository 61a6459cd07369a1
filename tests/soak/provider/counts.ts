/** What a provider has seen since it was started. */
export interface ProviderCounts {
  requests: number;
  /** Connections that are open now, the one that asks for this among them. */
  connections: number;
  /** Streams that are open now. */
  open: number;
  /** Bytes of streams that were given to the system. */
  written: number;
  /** When streams that did not end by themselves were closed, by their `user`: milliseconds since the epoch. */
  readonly closings: Record<string, number>;
  /** Requests that asked again for what one broke off that had shown content, by their `user`. */
  again: number;
}

export const counts: ProviderCounts = {
  requests: 0,
  connections: 0,
  open: 0,
  written: 0,
  closings: {},
  again: 0,
};

/** Asks the provider. */
export async function askProvider(port: number): Promise<ProviderCounts> {
  return await (await fetch(`http://127.0.0.1:${port}/counts`)).json();
}
