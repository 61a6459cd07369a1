import type { Config } from "../config/config.ts";
import type { Foundation } from "./foundation.ts";
import type { InnerCalls } from "../stages/inner_calls.ts";
import { modelDetector } from "../stages/pii/model_detector.ts";
import type { PiiPolicy } from "../stages/pii/policy.ts";
import { presidioDetector } from "../stages/pii/presidio.ts";
import { piiDetection } from "../stages/pii_detection.ts";
import type { Stage } from "../stages/stage.ts";

/** Milliseconds that patterns of the configuration may take for one text. */
const PATTERN_BUDGET_MS = 100;

/** The stage `pii_detection`. */
export function piiStage(config: Config["pii"], foundation: Foundation, calls: InnerCalls): Stage {
  const policy: PiiPolicy = {
    action: config.action,
    actions: new Map(Object.entries(config.types)),
    patterns: Object.entries(config.patterns).map(([type, pattern]) => ({
      type,
      form: new RegExp(pattern, "gu"),
    })),
    patternBudget: PATTERN_BUDGET_MS,
  };
  const { presidio, model } = config;
  return piiDetection({
    clock: foundation.clock,
    deadlines: foundation.deadlines,
    deadline: config.deadline,
    onFailure: config.on_failure,
    requests: config.on.includes("requests") ? policy : null,
    answers: config.on.includes("answers") ? policy : null,
    detectors: [
      ...(presidio === null ? [] : [
        presidioDetector({
          url: presidio.url,
          language: presidio.language,
          minScore: presidio.min_score,
          timeout: config.deadline,
          post: (...question) => calls.post(...question),
        }),
      ]),
      ...(model === null ? [] : [modelDetector(model, calls)]),
    ],
  });
}
