import type { Config } from "../config/config.ts";
import type { Foundation } from "./foundation.ts";
import { embedderFor } from "../stages/embedding/embedder.ts";
import type { InnerCalls } from "../stages/inner_calls.ts";
import type { ChainLink } from "../stages/jailbreak/chain.ts";
import type { Detector } from "../stages/jailbreak/detector.ts";
import { embeddingDetector } from "../stages/jailbreak/embedding_detector.ts";
import { ATTACKS, HARMLESS } from "../stages/jailbreak/examples.ts";
import type { Speaker } from "../stages/jailbreak/looked_at.ts";
import { modelDetector } from "../stages/jailbreak/model_detector.ts";
import { patternDetector } from "../stages/jailbreak/pattern_detector.ts";
import { webhookDetector } from "../stages/jailbreak/webhook_detector.ts";
import { type JailbreakAction, jailbreakDetection } from "../stages/jailbreak_detection.ts";
import type { Stage } from "../stages/stage.ts";

type Settings = Config["jailbreak"];
type DetectorSettings = Settings["detectors"][number];

/** Milliseconds that patterns of the configuration may take for one text. */
const PATTERN_BUDGET_MS = 100;
/** Scores from which on a detector is believed, where the configuration does not say. */
const THRESHOLDS: Readonly<Record<string, number>> = {
  patterns: 0.7,
  embedding_lexical: 0.65,
  embedding: 0.8,
  model: 0.5,
  webhook: 0.5,
};
const DEFAULT: readonly DetectorSettings[] = [
  { type: "patterns", model: null, url: null, headers: {}, timeout: null, threshold: null, asked_from: 0 },
];

/** The stage `jailbreak_detection`. */
export function jailbreakStage(config: Settings, foundation: Foundation, calls: InnerCalls): Stage {
  const { clock, deadlines } = foundation;
  return jailbreakDetection({
    clock,
    deadlines,
    deadline: config.deadline,
    onFailure: config.on_failure,
    chain: jailbreakChain(config, () => clock.now(), calls),
    speakers: new Set(config.on),
    action: config.action,
    actions: new Map(Object.entries(config.actions) as [Speaker, JailbreakAction][]),
    routeTo: config.route_to,
    exempt: new Set(config.exempt_keys),
  });
}

/** The configured detectors in their order. */
function jailbreakChain(config: Settings, now: () => number, calls: InnerCalls): ChainLink[] {
  const settings = config.detectors.length > 0 ? config.detectors : DEFAULT;
  return settings.map((each) => {
    const detector = detectorOf(each, config, now, calls);
    const threshold = each.threshold ?? THRESHOLDS[detector.type] ?? 0;
    return { detector, threshold, askedFrom: each.asked_from };
  });
}

function detectorOf(
  { type, model, url, headers, timeout }: DetectorSettings,
  config: Settings,
  now: () => number,
  calls: InnerCalls,
): Detector {
  switch (type) {
    case "patterns":
      return patternDetector({
        phrases: config.phrases,
        patterns: Object.entries(config.patterns).map(([type, pattern]) => ({
          type,
          form: new RegExp(pattern, "gu"),
        })),
        budget: { ms: PATTERN_BUDGET_MS, now },
      });
    case "embedding":
      return embeddingDetector(embedderFor(model, calls), {
        examples: [...ATTACKS, ...config.examples],
        harmless: [...HARMLESS, ...config.harmless],
      });
    case "model":
      return modelDetector(model ?? "", calls, config.max_length);
    case "webhook":
      return webhookDetector({
        url: url ?? "",
        headers: () =>
          Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, value.reveal()])),
        timeout: timeout ?? config.deadline,
        maxLength: config.max_length,
        post: (...question) => calls.post(...question),
      });
  }
}
