import type { Config } from "../config/config.ts";
import { openQuietFoundation } from "./quiet_foundation.ts";
import { classifierChain } from "./routing.ts";
import { buildStageParts } from "./stage_parts.ts";
import { type ChainLink, classifyBy } from "../stages/classification/chain.ts";
import { Exchange } from "../telemetry/exchange.ts";

/** A text, and what it is about. */
export interface LabelledText {
  readonly text: string;
  readonly category: string;
}

/** How well a classifier does. */
export interface ClassifierReport {
  /** `classifier.type`, or `all` for all of them in their order. */
  readonly classifier: string;
  readonly examples: number;
  /** The share of them that it found right. */
  readonly accuracy: number;
  /** The share of which it was not sure enough. */
  readonly undecided: number;
  readonly failed: number;
  /** Milliseconds for one. */
  readonly mean_ms: number;
  readonly p95_ms: number;
  /** How often a category was found for those of a category. */
  readonly confusion: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

export interface ClassifyOptions {
  readonly version: string;
  /** Whether models may be asked; else the classifiers that ask one are left out. */
  readonly call: boolean;
}

export interface Classified {
  readonly reports: readonly ClassifierReport[];
  /** Classifiers that were left out, each with the model that it asks. */
  readonly uncalled: readonly { readonly classifier: string; readonly model: string }[];
}

/** Judges the configured classifiers, each by itself and all of them as a chain, by texts of which it is known. */
export async function classifyAll(
  config: Config,
  examples: readonly LabelledText[],
  { version, call }: ClassifyOptions,
): Promise<Classified> {
  const foundation = await openQuietFoundation(config, version);
  const { providers, calls } = await buildStageParts(config, foundation);
  try {
    const chain = classifierChain(config, calls);
    const able = call ? chain : chain.filter(({ classifier }) => classifier.model === null);
    const otherwise = config.classification?.otherwise ?? "";
    const reports: ClassifierReport[] = [];
    for (const link of able) reports.push(await judge(link.classifier.type, [link], examples, otherwise));
    if (able.length > 1) reports.push(await judge("all", able, examples, otherwise));
    return {
      reports,
      uncalled: chain.filter((link) => !able.includes(link))
        .map(({ classifier: { type, model } }) => ({ classifier: type, model: model ?? "" })),
    };
  } finally {
    await Promise.all([calls, ...providers.values()].map((each) => each.close()));
    await foundation.close();
    await foundation.telemetry.shutdown();
  }
}

async function judge(
  classifier: string,
  chain: readonly ChainLink[],
  examples: readonly LabelledText[],
  otherwise: string,
): Promise<ClassifierReport> {
  const confusion: Record<string, Record<string, number>> = {};
  const times: number[] = [];
  let right = 0;
  let undecided = 0;
  let failed = 0;
  // What is made for the first who asks, and a warm compiler, are not the time of one.
  for (const { text } of examples.slice(0, 20)) await found(chain, text).catch(() => null);
  for (const { text, category } of examples) {
    const startedAt = performance.now();
    let verdict = null;
    try {
      verdict = await found(chain, text);
    } catch {
      failed++;
    }
    times.push(performance.now() - startedAt);
    if (verdict === null) undecided++;
    const said = verdict ?? otherwise;
    if (said === category) right++;
    const row = confusion[category] ??= {};
    row[said] = (row[said] ?? 0) + 1;
  }
  times.sort((a, b) => a - b);
  const count = Math.max(1, examples.length);
  return {
    classifier,
    examples: examples.length,
    accuracy: right / count,
    undecided: undecided / count,
    failed,
    mean_ms: times.reduce((sum, ms) => sum + ms, 0) / count,
    p95_ms: times[Math.floor(times.length * 0.95)] ?? 0,
    confusion,
  };
}

async function found(chain: readonly ChainLink[], text: string): Promise<string | null> {
  const exchange = new Exchange(performance.now(), Date.now(), { finished() {} });
  return (await classifyBy(chain, exchange, { spanId: "" }, text))?.category ?? null;
}
