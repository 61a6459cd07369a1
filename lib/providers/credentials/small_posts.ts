import type { HttpClient } from "../http_client.ts";
import type { UpstreamError, UpstreamTimeouts } from "../provider.ts";
import { SmallAnswer } from "./small_answer.ts";

/** What became of a post; `failure` is null where `answer` is whole, or too long. */
export interface SmallPost {
  readonly answer: SmallAnswer;
  readonly failure: UpstreamError | null;
}

/** Posts of the gateway's own, whose answers are short; those under way are given up when it is closed. */
export class SmallPosts {
  readonly #client: HttpClient;
  readonly #maxAnswer: number | undefined;
  readonly #running = new Set<() => void>();

  /** @param client is closed with this. @param maxAnswer as {@linkcode SmallAnswer} has it. */
  constructor(client: HttpClient, maxAnswer?: number) {
    this.#client = client;
    this.#maxAnswer = maxAnswer;
  }

  /** @param timeouts null: the client's. */
  async send(
    path: string,
    headers: string[],
    body: Uint8Array<ArrayBuffer>,
    timeouts: Partial<UpstreamTimeouts> | null,
  ): Promise<SmallPost> {
    const answer = new SmallAnswer(this.#maxAnswer);
    const handle = this.#client.send("POST", path, headers, body, timeouts, answer);
    const giveUp = () => {
      handle.abort();
      answer.onError({ kind: "connection_reset", sent: true, message: "the gateway ends" });
    };
    this.#running.add(giveUp);
    const failure = await answer.over;
    this.#running.delete(giveUp);
    if (!answer.whole) handle.abort();
    return { answer, failure };
  }

  /** Gives up what is under way. */
  close(): Promise<void> {
    for (const giveUp of this.#running) giveUp();
    return this.#client.close();
  }
}
