import type { Exchange, StageRun } from "../../telemetry/exchange.ts";

/** Something of a text that another program found. */
export interface RemoteFinding {
  readonly type: string;
  readonly value: string;
}

/** Looks for more than the gateway itself finds, by asking somebody. */
export interface RemoteDetector {
  /** @param texts what was said, each for itself. @throws where nobody answers. */
  find(
    exchange: Exchange,
    run: StageRun<"pii_detection">,
    texts: readonly string[],
  ): Promise<RemoteFinding[]>;
}
