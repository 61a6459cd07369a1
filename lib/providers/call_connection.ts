import type { HttpCall } from "./http_call.ts";

/** What carries one call at a time: a connection, or a stream on one. */
export interface CallConnection {
  /** Whether it carried a call before, so that the provider may be about to close it. */
  readonly reused: boolean;
  dispatch(call: HttpCall): void;
  /** The call was answered to its end. */
  served(): void;
  /** Gives it up, in whatever state. */
  destroy(): void;
}

/** Where a client's calls get their connections; how many there may be is the client's to say. */
export interface ConnectionPool<C extends CallConnection = CallConnection> {
  /** One for a call that can be sent again, should it turn out to be closed. */
  take(): C;
  /** One of which nobody has reason to think that it is closed. */
  fresh(): C;
  /** Takes one back whose call was answered to its end. */
  giveBack(connection: C): void;
  /** Keeps no connection any more. Those that carry a call go on. */
  close(): void;
}
