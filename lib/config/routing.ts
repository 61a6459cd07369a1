import { nearest } from "../nearest.ts";
import type { Report } from "./check.ts";
import { isMapping, type Path } from "./path.ts";
import type { FileConfig } from "./schema.ts";

type FileClassification = NonNullable<FileConfig["classification"]>;
type FileRouting = NonNullable<FileConfig["routing"]>;

/** Complete; null where it is not configured or switched off. */
export type ClassificationConfig = FileClassification | null;

/** A prompt of which it is known how well models did it. */
export interface LabelledPrompt {
  readonly prompt: string;
  /** By name of `models`. */
  readonly scores: Readonly<Record<string, number>>;
}

/** Complete, with the labelled prompts read. */
export type RoutingConfig = Omit<FileRouting, "knn"> & {
  readonly knn: Omit<FileRouting["knn"], "file"> & { readonly prompts: readonly LabelledPrompt[] };
};

export interface ResolvedRouting {
  readonly classification: ClassificationConfig;
  readonly routing: RoutingConfig | null;
}

const DEFAULT_CLASSIFIERS = ["keyword", "embedding"] as const;
const DEFAULT_AUTO = ["auto", "MoM"];

/** Checks what `classification`, `categories` and `routing` say of one another and of the models. */
export function resolveRouting(
  file: FileConfig,
  models: readonly string[],
  readFile: (path: string) => string,
  report: Report,
): ResolvedRouting {
  const aliases = Object.values(file.models).flatMap((model) => model.aliases);
  const names = new Names("model", [...models, ...aliases], report);
  for (const [name, category] of Object.entries(file.categories)) {
    for (const model of Object.keys(category.models)) {
      names.check(model, ["categories", name, "models", model]);
    }
  }
  return {
    classification: classificationOf(file, names, report),
    routing: file.routing === null ? null : routingOf(file, file.routing, names, readFile, report),
  };
}

function classificationOf(file: FileConfig, names: Names, report: Report): ClassificationConfig {
  const { classification, categories } = file;
  if (classification === null || !classification.enabled) return null;
  if (Object.keys(categories).length === 0) {
    report.add(["classification"], "there is nothing to choose from: `categories` is empty");
  }
  for (const [index, { type, model }] of classification.classifiers.entries()) {
    const path = ["classification", "classifiers", index, "model"];
    if (model !== null) names.check(model, path);
    else if (type === "model") report.add(path, "is missing; expected the name of the model that is asked");
  }
  const classifiers = classification.classifiers.length > 0
    ? classification.classifiers
    : DEFAULT_CLASSIFIERS.map((type) => ({ type, model: null, threshold: null, neighbours: 1 }));
  return { ...classification, classifiers };
}

function routingOf(
  file: FileConfig,
  routing: FileRouting,
  names: Names,
  readFile: (path: string) => string,
  report: Report,
): RoutingConfig {
  const auto = routing.auto_models.length > 0 ? routing.auto_models : DEFAULT_AUTO;
  for (const [index, name] of auto.entries()) {
    if (!names.has(name)) continue;
    const path = routing.auto_models.length > 0 ? ["routing", "auto_models", index] : ["routing"];
    report.add(path, `"${name}" is already the name of a model`);
  }
  const named: [name: string | null, path: Path][] = [
    [routing.default_model, ["routing", "default_model"]],
    [routing.knn.model, ["routing", "knn", "model"]],
    ...routing.models.map((name, index): [string, Path] => [name, ["routing", "models", index]]),
    ...Object.keys(routing.split).map((name): [string, Path] => [name, ["routing", "split", name]]),
    ...routing.complexity.map((
      { model },
      index,
    ): [string, Path] => [model, ["routing", "complexity", index, "model"]]),
    ...routing.rules.map(({ model }, index): [string, Path] => [model, ["routing", "rules", index, "model"]]),
  ];
  for (const [name, path] of named) if (name !== null) names.check(name, path);
  checkNeeds(routing, report);
  const kinds = new Names("category", [
    ...Object.keys(file.categories),
    ...(file.classification === null ? [] : [file.classification.otherwise]),
  ], report);
  for (const [index, { categories }] of routing.rules.entries()) {
    for (const [at, name] of categories.entries()) {
      kinds.check(name, ["routing", "rules", index, "categories", at]);
    }
  }
  const { file: prompts, ...knn } = routing.knn;
  return {
    ...routing,
    auto_models: auto,
    knn: { ...knn, prompts: prompts === null ? [] : labelledPrompts(prompts, names, readFile, report) },
  };
}

/** What a strategy cannot do without. */
function checkNeeds(routing: FileRouting, report: Report): void {
  const missing = {
    "llmrouter-knn": routing.knn.file === null ? "knn.file" : null,
    complexity: routing.complexity.length === 0 ? "complexity" : null,
    weighted: Object.keys(routing.split).length === 0 ? "split" : null,
    rules: routing.rules.length === 0 ? "rules" : null,
    auto: null,
    cost: null,
    latency: null,
  }[routing.strategy];
  if (missing === null) return;
  report.add(["routing", ...missing.split(".")], `is missing; the strategy ${routing.strategy} needs it`);
}

function labelledPrompts(
  file: string,
  names: Names,
  readFile: (path: string) => string,
  report: Report,
): LabelledPrompt[] {
  const path = ["routing", "knn", "file"];
  let text;
  try {
    text = readFile(file);
  } catch {
    report.add(path, `the file "${file}" cannot be read`);
    return [];
  }
  const prompts: LabelledPrompt[] = [];
  for (const [index, line] of text.split("\n").entries()) {
    if (line.trim() === "") continue;
    const prompt = labelledPrompt(line);
    if (prompt === null) {
      report.add(path, `line ${index + 1} of "${file}": expected {"prompt": …, "model": …} or "scores"`);
      break;
    }
    const unknown = Object.keys(prompt.scores).find((name) => !names.has(name));
    if (unknown !== undefined) {
      report.add(path, `line ${index + 1} of "${file}": no model is called "${unknown}"`);
      break;
    }
    prompts.push(prompt);
  }
  return prompts;
}

function labelledPrompt(line: string): LabelledPrompt | null {
  let json: unknown;
  try {
    json = JSON.parse(line);
  } catch {
    return null;
  }
  if (!isMapping(json)) return null;
  const { prompt, model, scores } = json;
  if (typeof prompt !== "string" || prompt === "") return null;
  if (typeof model === "string") return { prompt, scores: { [model]: 1 } };
  if (!isMapping(scores)) return null;
  const entries = Object.entries(scores).filter((entry): entry is [string, number] =>
    typeof entry[1] === "number"
  );
  return entries.length === 0 ? null : { prompt, scores: Object.fromEntries(entries) };
}

/** Names of one kind that may be referred to. */
class Names {
  readonly #kind: string;
  readonly #names: readonly string[];
  readonly #report: Report;

  constructor(kind: string, names: readonly string[], report: Report) {
    this.#kind = kind;
    this.#names = names;
    this.#report = report;
  }

  has(name: string): boolean {
    return this.#names.includes(name);
  }

  check(name: string, path: Path): void {
    if (this.has(name)) return;
    const near = nearest(name, this.#names);
    this.#report.add(
      path,
      `no ${this.#kind} is called "${name}"${near === null ? "" : `; did you mean "${near}"?`}`,
    );
  }
}
