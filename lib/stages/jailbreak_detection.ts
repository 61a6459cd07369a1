import { GatewayError } from "../errors.ts";
import type { Exchange, SecurityAction, StageFacts } from "../telemetry/exchange.ts";
import { type ChainFinding, type ChainLink, detectBy } from "./jailbreak/chain.ts";
import type { JailbreakRun, Suspicion } from "./jailbreak/detector.ts";
import { lookedAt, type Said, saidByUser, type Speaker } from "./jailbreak/looked_at.ts";
import type { ModelRequest } from "./model_request.ts";
import { recordedStage, type RecordedStageOptions, type StageResult } from "./recorded_stage.ts";
import type { Stage } from "./stage.ts";

/** What becomes of an attack. */
export const JAILBREAK_ACTIONS = ["block", "annotate", "route"] as const;
export type JailbreakAction = typeof JAILBREAK_ACTIONS[number];

export interface JailbreakDetectionOptions extends RecordedStageOptions {
  readonly chain: readonly ChainLink[];
  /** Whose texts are looked at. */
  readonly speakers: ReadonlySet<Speaker>;
  readonly action: JailbreakAction;
  /** Other actions by who said it. */
  readonly actions: ReadonlyMap<Speaker, JailbreakAction>;
  /** The model that attacks are sent to; null: none. */
  readonly routeTo: string | null;
  /** Names of keys whose requests are not looked at. */
  readonly exempt: ReadonlySet<string>;
}

/** The header of an answer to what was let through. */
const JAILBREAK_HEADER = "x-gateway-jailbreak";

const DONE: Readonly<Record<JailbreakAction, SecurityAction>> = {
  block: "blocked",
  annotate: "annotated",
  route: "routed",
};
const WHOSE: Readonly<Record<Speaker, string>> = {
  user: "what the user says",
  tool: "a tool's result",
  document: "a document",
  system: "the system prompt",
  assistant: "what the model said before",
  tool_description: "a tool's description",
};

type Facts = StageFacts["jailbreak_detection"];

/** Finds attempts to turn the model against its instructions, in what is asked and in what tools and documents say. */
export function jailbreakDetection(options: JailbreakDetectionOptions): Stage {
  const { chain, speakers, action, actions, routeTo, exempt } = options;

  function settle(
    exchange: Exchange,
    request: ModelRequest,
    run: JailbreakRun,
    { suspicion, detector, detected }: ChainFinding,
  ): StageResult<"jailbreak_detection"> {
    if (suspicion === null) return { facts: NOTHING };
    const { type, by } = suspicion;
    const score = Math.round(suspicion.score * 1000) / 1000;
    const chosen = actions.get(by) ?? action;
    const facts: Facts = { detected, action: detected ? DONE[chosen] : "allowed", type, detector, score, by };
    // After its deadline the request has gone on without it, or was refused.
    if (!detected || run.endedAt >= 0) return { facts };
    if (chosen === "block") return { facts, refusal: refusal(by) };
    if (chosen === "route" && routeTo !== null) request.model = routeTo;
    if (exchange.securityAction === "") exchange.securityAction = DONE[chosen];
    tell(exchange, suspicion, detector);
    return { facts };
  }

  const recorded = recordedStage<"jailbreak_detection", ModelRequest>(
    "jailbreak_detection",
    "guard",
    (exchange, request, run) => {
      const texts = textsOf(request, speakers);
      if (texts.length === 0) return { facts: NOTHING };
      const finding = detectBy(chain, exchange, run, texts);
      return finding instanceof Promise
        ? finding.then((it) => settle(exchange, request, run, it))
        : settle(exchange, request, run, finding);
    },
    options,
  );

  return {
    ...recorded,
    run(exchange, request) {
      if (exchange.principal !== null && exempt.has(exchange.principal.keyId)) return null;
      // A request that means nothing is the client's fault, and no failure of the stage's.
      if (request.codec.format !== "completions") request.canonical;
      return recorded.run(exchange, request);
    },
  };
}

/** Completions of plain text that no chat can answer are requests all the same. */
function textsOf(request: ModelRequest, speakers: ReadonlySet<Speaker>): Said[] {
  return request.codec.format === "completions"
    ? saidByUser([request.field("prompt"), request.field("suffix")], speakers)
    : lookedAt(request.canonical, speakers);
}

const NOTHING: Facts = { detected: false, action: "allowed", type: "", detector: "", score: NaN, by: "" };

function refusal(by: Speaker): GatewayError {
  return new GatewayError(
    "content_blocked",
    `The request was blocked: ${WHOSE[by]} looks like an attempt to turn the model against its instructions.`,
  );
}

/** Tells the client's side, which may have a use for it. */
function tell(exchange: Exchange, { type, score, by }: Suspicion, detector: string): void {
  const value = `${type}; score=${score.toFixed(2)}; by=${by}; detector=${detector}`;
  (exchange.answerHeaders ??= []).push(JAILBREAK_HEADER, value);
}
