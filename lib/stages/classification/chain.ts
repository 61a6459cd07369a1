import type { Exchange } from "../../telemetry/exchange.ts";
import type { Classifier, ClassifierRun, Verdict } from "./category.ts";

/** A classifier, and from which score on it is believed. */
export interface ChainLink {
  readonly classifier: Classifier;
  readonly threshold: number;
}

/** What a chain came to: whom it believed. */
export interface ChainVerdict extends Verdict {
  readonly classifier: string;
}

/**
 * Asks classifiers in order until one is sure enough; null where none is. One that fails is passed over as one that
 * cannot tell, so that the next may, and its error is thrown where nobody could.
 */
export function classifyBy(
  chain: readonly ChainLink[],
  exchange: Exchange,
  run: ClassifierRun,
  text: string,
  from = 0,
  failure: unknown = null,
): ChainVerdict | null | Promise<ChainVerdict | null> {
  let failed = failure;
  for (let at = from; at < chain.length; at++) {
    const link = chain[at] as ChainLink;
    let result;
    try {
      result = link.classifier.classify(exchange, run, text);
    } catch (error) {
      failed ??= error;
      continue;
    }
    if (result instanceof Promise) {
      return result.then(
        (verdict) => believed(link, verdict) ?? classifyBy(chain, exchange, run, text, at + 1, failed),
        (error) => classifyBy(chain, exchange, run, text, at + 1, failed ?? error),
      );
    }
    const verdict = believed(link, result);
    if (verdict !== null) return verdict;
  }
  if (failed !== null) throw failed;
  return null;
}

function believed({ classifier, threshold }: ChainLink, verdict: Verdict | null): ChainVerdict | null {
  return verdict === null || verdict.score < threshold ? null : { ...verdict, classifier: classifier.type };
}
