import type { ClientFormat, JsonObject, StreamEvent } from "../wire/canonical.ts";

/** Changes the events of a streamed answer on their way to the client, whatever formats they come from and go to. */
export interface EventGuard {
  /** @throws {GatewayError} `content_blocked` before anything of what is blocked goes on. */
  push(events: readonly StreamEvent[]): StreamEvent[];
}

/** What looks at an answer before the client gets it. It turns the pass-through of the answer off. */
export interface AnswerGuard {
  /**
   * A whole answer in the client's format as the client shall have it; the very same where nothing changes.
   * @param source the provider's format.
   * @throws {GatewayError} `content_blocked`.
   */
  whole(answer: JsonObject, source: ClientFormat): JsonObject;
  /** For one attempt's stream. */
  events(source: ClientFormat): EventGuard;
}
