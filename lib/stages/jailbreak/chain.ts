import type { Exchange } from "../../telemetry/exchange.ts";
import { type Detector, type JailbreakRun, surer, type Suspicion } from "./detector.ts";
import type { Said } from "./looked_at.ts";

/** A detector, when it is asked, and from which score on it is believed. */
export interface ChainLink {
  readonly detector: Detector;
  readonly threshold: number;
  /** The score that one before it has to have come to; 0: it is asked of everything. */
  readonly askedFrom: number;
}

/** What a chain came to. */
export interface ChainFinding {
  /** The surest; null: nobody found anything. */
  readonly suspicion: Suspicion | null;
  /** Who found it; empty: nobody. */
  readonly detector: string;
  /** It is believed. */
  readonly detected: boolean;
}

/**
 * Asks detectors in order until one is believed. One that fails is passed over, so that the next may tell, and its error
 * is thrown where none is believed: what was not looked at is not known to be harmless.
 */
export function detectBy(
  chain: readonly ChainLink[],
  exchange: Exchange,
  run: JailbreakRun,
  texts: readonly Said[],
): ChainFinding | Promise<ChainFinding> {
  let finding: ChainFinding = { suspicion: null, detector: "", detected: false };
  let failure: unknown = null;

  function take({ detector, threshold }: ChainLink, suspicion: Suspicion | null): void {
    if (suspicion === null) return;
    const detected = suspicion.score >= threshold;
    if (detected || surer(finding.suspicion, suspicion) === suspicion) {
      finding = { suspicion, detector: detector.type, detected };
    }
  }

  function from(index: number): ChainFinding | Promise<ChainFinding> {
    for (let at = index; at < chain.length && !finding.detected; at++) {
      const link = chain[at] as ChainLink;
      if ((finding.suspicion?.score ?? 0) < link.askedFrom) continue;
      let result;
      try {
        result = link.detector.detect(exchange, run, texts);
      } catch (error) {
        failure ??= error;
        continue;
      }
      if (result instanceof Promise) {
        return result.then((it) => take(link, it), (error) => void (failure ??= error)).then(() =>
          from(at + 1)
        );
      }
      take(link, result);
    }
    if (!finding.detected && failure !== null) throw failure;
    return finding;
  }

  return from(0);
}
