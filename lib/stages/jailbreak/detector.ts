import type { Exchange, StageRun } from "../../telemetry/exchange.ts";
import type { Said, Speaker } from "./looked_at.ts";

/** What a detector holds a request for. */
export interface Suspicion {
  /** From 0 to 1; what it means is the detector's, and what is enough is for the threshold to say. */
  readonly score: number;
  /** What is tried: a technique, or whatever the detector calls it. */
  readonly type: string;
  /** Who said it. */
  readonly by: Speaker;
}

export type JailbreakRun = StageRun<"jailbreak_detection">;

/** Looks for attempts to turn a model against its instructions. */
export interface Detector {
  /** For `jailbreak.detector`. */
  readonly type: string;
  /**
   * What it is surest of; null: nothing. At once where nobody has to be asked.
   * @throws where it cannot tell.
   */
  detect(
    exchange: Exchange,
    run: JailbreakRun,
    texts: readonly Said[],
  ): Suspicion | null | Promise<Suspicion | null>;
}

/** The surer of two. */
export function surer(a: Suspicion | null, b: Suspicion | null): Suspicion | null {
  return a === null || (b !== null && b.score > a.score) ? b : a;
}
