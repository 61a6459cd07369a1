import type { Config, ModelConfig } from "../config/config.ts";
import { modelsOf } from "../providers/catalog.ts";
import { type ModelAbility, shippedFacts } from "../providers/model_facts.ts";
import { classification } from "../stages/classification.ts";
import type { Category, Classifier } from "../stages/classification/category.ts";
import type { ChainLink } from "../stages/classification/chain.ts";
import { embeddingClassifier } from "../stages/classification/embedding_classifier.ts";
import { keywordClassifier } from "../stages/classification/keyword_classifier.ts";
import { modelClassifier } from "../stages/classification/model_classifier.ts";
import { embedderFor } from "../stages/embedding/embedder.ts";
import type { InnerCalls } from "../stages/inner_calls.ts";
import type { ModelEntry, ModelTable } from "../stages/model_table.ts";
import { WildcardModels } from "../stages/wildcard_models.ts";
import type { RecordedStageOptions } from "../stages/recorded_stage.ts";
import { autoRouting, type CategoryReasoning } from "../stages/routing/auto_routing.ts";
import type { Candidate } from "../stages/routing/candidate.ts";
import type { LatencyBoard } from "../stages/routing/latency_board.ts";
import { autoStrategy } from "../stages/routing/strategies/auto.ts";
import { complexityStrategy } from "../stages/routing/strategies/complexity.ts";
import { knnStrategy } from "../stages/routing/strategies/knn.ts";
import { costStrategy, latencyStrategy } from "../stages/routing/strategies/least.ts";
import { rulesStrategy } from "../stages/routing/strategies/rules.ts";
import { weightedStrategy } from "../stages/routing/strategies/weighted.ts";
import type { Strategy } from "../stages/routing/strategy.ts";
import type { Stage } from "../stages/stage.ts";
import { type SystemPrompt, systemPromptInjection } from "../stages/system_prompt_injection.ts";
import { buildPrices } from "./prices.ts";

/** What the stages of this file are made of besides the configuration. */
export interface RoutingSurroundings {
  readonly models: ModelTable;
  readonly calls: Pick<InnerCalls, "embed" | "complete">;
  readonly recorded: Pick<RecordedStageOptions, "clock" | "deadlines">;
  readonly random: () => number;
  readonly latencies: LatencyBoard;
}

type Routing = NonNullable<Config["routing"]>;

/** Scores from which on a classifier is believed, where the configuration does not say. */
const THRESHOLDS = { keyword: 0.5, embedding_lexical: 0.3, embedding: 0.5, model: 0 } as const;

/** The stage of `classification`; none where it is off. */
export function classificationStages(config: Config, surroundings: RoutingSurroundings): Stage[] {
  const { classification: settings } = config;
  if (settings === null) return [];
  return [classification({
    ...surroundings.recorded,
    deadline: settings.deadline,
    onFailure: settings.on_failure,
    chain: classifierChain(config, surroundings.calls),
    text: settings.text,
    maxLength: settings.max_length,
    otherwise: settings.otherwise,
  })];
}

/** The configured classifiers in their order; empty where classification is off. */
export function classifierChain(config: Config, calls: RoutingSurroundings["calls"]): ChainLink[] {
  const categories = Object.entries(config.categories).map(([name, category]): Category => ({
    ...category,
    name,
    description: category.description ?? "",
    patterns: category.patterns.map((pattern) => new RegExp(pattern, "iu")),
  }));
  return (config.classification?.classifiers ?? []).map(({ type, model, threshold, neighbours }) => {
    let classifier: Classifier;
    if (type === "keyword") classifier = keywordClassifier(categories);
    else if (type === "embedding") {
      classifier = embeddingClassifier(categories, embedderFor(model, calls), { neighbours });
    } else classifier = modelClassifier(categories, model ?? "", calls);
    return { classifier, threshold: threshold ?? THRESHOLDS[classifier.type as keyof typeof THRESHOLDS] };
  });
}

/** The routing decision where models may be left to the gateway; null where they may not. */
export function autoRoutingStage(config: Config, surroundings: RoutingSurroundings): Stage | null {
  const { routing, classification } = config;
  if (routing === null) return null;
  const { models, recorded } = surroundings;
  const named = aliasesOf(config);
  const reasoning = new Map(
    Object.entries(config.categories).map(([name, category]): [string, CategoryReasoning] => [name, {
      enabled: category.reasoning,
      effort: category.reasoning_effort,
      models: new Map(
        Object.entries(category.models).map(([model, chosen]) => [
          named(model),
          { enabled: chosen.reasoning, effort: chosen.reasoning_effort },
        ]),
      ),
    }]),
  );
  return autoRouting({
    ...recorded,
    deadline: routing.deadline,
    onFailure: "open",
    models,
    autoNames: new Set(routing.auto_models),
    strategy: strategyOf(config, routing, surroundings),
    candidates: candidatesOf(config, routing, models),
    defaultModel: routing.default_model === null ? null : named(routing.default_model),
    reasoning,
    effort: routing.reasoning_effort,
    maxLength: classification?.max_length ?? PROMPT_LENGTH,
  });
}

/** Characters of a prompt that are looked at, where nothing is said of it. */
const PROMPT_LENGTH = 4000;

/** The stage that puts in system prompts; none where there is none to put in. */
export function systemPromptStages(config: Config, { recorded }: RoutingSurroundings): Stage[] {
  const categories = new Map<string, SystemPrompt>();
  for (const [name, { system_prompt }] of Object.entries(config.categories)) {
    if (system_prompt !== null) categories.set(name, system_prompt);
  }
  const models = new Map<string, SystemPrompt>();
  for (const [name, { systemPrompt, aliases }] of Object.entries(config.models)) {
    if (systemPrompt !== null) { for (const each of [name, ...aliases]) models.set(each, systemPrompt); }
  }
  if (categories.size === 0 && models.size === 0) return [];
  // A prompt that cannot be put in is one that the operator wants there.
  return [systemPromptInjection({
    ...recorded,
    deadline: 0,
    onFailure: "closed",
    categories,
    models,
    only: config.routing?.system_prompts === "auto" ? new Set(config.routing.auto_models) : null,
  })];
}

/** The models that can be asked for, with those that the gateway chooses for. */
export function withAutoModels(config: Config, models: ModelTable, created: number): ModelTable {
  const { routing } = config;
  if (routing === null) return models;
  const candidates = candidatesOf(config, routing, models);
  const targets = candidates.flatMap(({ entry }) => entry.targets);
  const choices = candidates.map(({ entry }) => entry.name);
  const auto = routing.auto_models.map((name): [string, ModelEntry] => [
    name,
    { name, targets, choices, missing: [], created, owner: "llm-gateway" },
  ]);
  return models instanceof WildcardModels ? models.with(auto) : new Map([...auto, ...models]);
}

function strategyOf(config: Config, routing: Routing, surroundings: RoutingSurroundings): Strategy {
  const { latencies, random, calls } = surroundings;
  const named = aliasesOf(config);
  switch (routing.strategy) {
    case "cost":
      return costStrategy();
    case "latency":
      return latencyStrategy(latencies);
    case "complexity":
      return complexityStrategy(
        routing.complexity.map(({ model, below }) => ({ model: named(model), below })),
      );
    case "weighted":
      return weightedStrategy(renamed(routing.split, named), random);
    case "llmrouter-knn":
      return knnStrategy({
        ...routing.knn,
        prompts: routing.knn.prompts.map(({ prompt, scores }) => ({
          prompt,
          scores: renamed(scores, named),
        })),
        embedder: embedderFor(routing.knn.model, calls),
      });
    case "rules":
      return rulesStrategy(routing.rules.map((rule) => ({
        ...rule,
        model: named(rule.model),
        reasoning: { enabled: rule.reasoning, effort: rule.reasoning_effort },
        minTokens: rule.min_tokens,
        maxTokens: rule.max_tokens,
      })));
    case "auto":
      return autoStrategy({
        weights: routing.weights,
        latencies,
        defaultModel: routing.default_model === null ? null : named(routing.default_model),
        scores: new Map(
          Object.entries(config.categories)
            .filter(([, { models }]) => Object.keys(models).length > 0)
            .map(([name, { models }]) => [
              name,
              new Map(Object.entries(models).map(([model, { score }]) => [named(model), score])),
            ]),
        ),
      });
  }
}

/** Models that may be chosen: those that are named, or all that can chat. */
function candidatesOf(config: Config, routing: Routing, models: ModelTable): Candidate[] {
  const named = aliasesOf(config);
  const names = routing.models.length > 0 ? routing.models.map(named) : Object.keys(config.models);
  const prices = buildPrices(config);
  return [...new Set(names)].flatMap((name): Candidate[] => {
    const entry = models.get(name);
    const model = config.models[name];
    // Nobody could be asked for a wildcard.
    if (entry === undefined || model === undefined || entry.targets.length === 0) return [];
    const facts = model.targets.flatMap((target) => {
      const type = config.providers[target.provider]?.type ?? "";
      return shippedFacts(modelsOf(type), target.model) ?? [];
    });
    if (routing.models.length === 0 && facts.some(({ chats }) => !chats)) return [];
    const lengths = facts.flatMap(({ contextLength }) => contextLength ?? []);
    const price = model.targets.map((target) => prices.find(target.provider, target.model))
      .find((it) => it !== null) ?? null;
    return [{
      entry,
      price,
      contextLength: model.contextLength ?? (lengths.length > 0 ? Math.min(...lengths) : null),
      can: {
        tools: ability("tools"),
        vision: ability("vision"),
        json: ability("json"),
        reasoning: ability("reasoning"),
      },
    }];

    /** What is configured, else what the table knows of every target, else what no provider of it offers. */
    function ability(which: ModelAbility): boolean | null {
      if (model?.can !== null && model?.can !== undefined) return model.can.includes(which);
      if (facts.some(({ can }) => !can.has(which))) return false;
      if (facts.length > 0) return true;
      const offers = entry?.targets.map(({ provider }) => provider.can) ?? [];
      const word = which === "json" ? "structured_output" : which;
      return offers.every((can) => can.length === 0 || can.includes(word)) ? null : false;
    }
  });
}

/** A model's own name for any of its names. */
function aliasesOf(config: Config): (name: string) => string {
  const names = new Map(
    Object.entries(config.models).flatMap(([name, { aliases }]: [string, ModelConfig]) =>
      aliases.map((alias): [string, string] => [alias, name])
    ),
  );
  return (name) => names.get(name) ?? name;
}

function renamed(
  values: Readonly<Record<string, number>>,
  named: (name: string) => string,
): Record<string, number> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [named(name), value]));
}
