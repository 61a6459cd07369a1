import type { Detector, Suspicion } from "../../../lib/stages/jailbreak/detector.ts";
import type { Speaker } from "../../../lib/stages/jailbreak/looked_at.ts";
import {
  patternDetector,
  type PatternDetectorOptions,
} from "../../../lib/stages/jailbreak/pattern_detector.ts";
import { Exchange, StageRun } from "../../../lib/telemetry/exchange.ts";

export function exchange(): Exchange {
  return new Exchange(0, 0, { finished() {} });
}

export function patterns(options: Partial<PatternDetectorOptions> = {}): Detector {
  return patternDetector({
    phrases: [],
    patterns: [],
    budget: { ms: 100, now: () => performance.now() },
    ...options,
  });
}

export function detect(detector: Detector, text: string, by: Speaker = "user") {
  return detector.detect(exchange(), new StageRun("jailbreak_detection", 0), [{ by, text }]);
}

/** Of a detector that answers at once. */
export function scoreOf(detector: Detector, text: string, by: Speaker = "user"): number {
  return (detect(detector, text, by) as Suspicion | null)?.score ?? 0;
}
