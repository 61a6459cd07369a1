import type { Exchange, StageRun } from "../telemetry/exchange.ts";
import { type ChainLink, type ChainVerdict, classifyBy } from "./classification/chain.ts";
import { type Classified, classifiedText } from "./classification/classified_text.ts";
import type { ModelRequest } from "./model_request.ts";
import { recordedStage, type RecordedStageOptions, type StageResult } from "./recorded_stage.ts";
import type { Stage } from "./stage.ts";

export interface ClassificationOptions extends RecordedStageOptions {
  readonly chain: readonly ChainLink[];
  readonly text: Classified;
  /** Characters of it that are looked at. */
  readonly maxLength: number;
  /** The category where nobody is sure. */
  readonly otherwise: string;
}

/** For `classifier.type` where no classifier was sure. */
const NOBODY = "none";

/** Finds out what a request is about, and notes it for the stages behind it. */
export function classification(options: ClassificationOptions): Stage {
  const { chain, text: what, maxLength, otherwise } = options;

  function decided(
    exchange: Exchange,
    run: StageRun<"classification">,
    verdict: ChainVerdict | null,
  ): StageResult<"classification"> {
    const category = verdict?.category ?? otherwise;
    // After its deadline the request has gone on without it.
    if (!(run.endedAt >= 0)) exchange.category = category;
    return { facts: { category, classifier: verdict?.classifier ?? NOBODY } };
  }

  return recordedStage(
    "classification",
    "classify",
    (exchange, request: ModelRequest, run: StageRun<"classification">) => {
      const text = classifiedText(request.canonical, what, maxLength);
      if (text === "") return decided(exchange, run, null);
      const verdict = classifyBy(chain, exchange, run, text);
      return verdict instanceof Promise
        ? verdict.then((it) => decided(exchange, run, it))
        : decided(exchange, run, verdict);
    },
    options,
  );
}
