import type { Path } from "../../path.ts";
import { convertRules, namedEntries } from "./categories.ts";
import { CategoryDraft } from "./category.ts";
import type { Models } from "./models.ts";
import type { Reader } from "./reader.ts";

const PROMPT = { text: "system_prompt", enabled: "enabled", mode: "mode" };

/** A condition of a decision that a category can stand for. */
interface Condition {
  readonly type: "domain" | "keyword" | "embedding";
  readonly name: string;
}

/**
 * `decisions`, each of which says which requests it is for and what becomes of them. One that is for any of some
 * domains, keywords and examples is a category here; `categories` beside them only describe the domains.
 */
export function convertDecisions(reader: Reader, models: Models): void {
  const { draft } = reader;
  const domains = new Map(namedEntries(reader, ["categories"]).map(({ name, path }) => [name, path]));
  const taken = new Map<string, string>();
  const byPriority = namedEntries(reader, ["decisions"])
    .map((entry) => ({ ...entry, priority: reader.number([...entry.path, "priority"]) ?? 0 }))
    .toSorted((a, b) => b.priority - a.priority);
  for (const { name, path } of byPriority) {
    const all = conditionsOf(reader, path);
    if (all === null) continue;
    const conditions = all.filter((condition) => !taken.has(keyOf(condition)));
    if (conditions.length === 0) {
      draft.note(path, "is never taken: decisions with a higher priority are for the same requests");
      continue;
    }
    const [only] = conditions;
    const single = conditions.length === 1 && only?.type === "domain";
    const category = new CategoryDraft(reader, models, single ? only?.name ?? name : name, path);
    for (const condition of conditions) {
      taken.set(keyOf(condition), category.name);
      const domain = condition.type === "domain" ? domains.get(condition.name) : undefined;
      if (domain !== undefined) category.tellByDomain(domain);
      else if (condition.type === "domain") {
        draft.note(path, `no category is called "${condition.name}": it is left out of the decision`);
      }
    }
    addModels(reader, path, category);
    addPlugins(reader, path, category);
  }
  // Requests of the other domains are told apart as well, and answered by the default model.
  for (const [name, path] of domains) {
    if (!taken.has(keyOf({ type: "domain", name }))) {
      new CategoryDraft(reader, models, name, path).tellByDomain(path);
    }
  }
  convertRules(
    reader,
    models,
    (name) =>
      taken.get(keyOf({ type: "keyword", name })) ?? taken.get(keyOf({ type: "embedding", name })) ?? null,
  );
}

function keyOf({ type, name }: Condition): string {
  return `${type}:${name}`;
}

/** What the decision is for; null: a category cannot say it, which is noted. */
function conditionsOf(reader: Reader, path: Path): Condition[] | null {
  const { draft } = reader;
  const rules = [...path, "rules"];
  const operator = reader.word([...rules, "operator"], ["or", "and", "not"]) ?? "and";
  const conditions = reader.entries([...rules, "conditions"]);
  const left = (at: Path, why: string) => {
    draft.note(
      at,
      `${why}: this decision is left out, and its requests are answered as if it were not there`,
    );
    return null;
  };
  if (conditions.length === 0) return left(rules, "conditions without a type and a name are not read");
  if (operator === "not" || (operator === "and" && conditions.length > 1)) {
    return left(
      [...rules, "operator"],
      "what a request is about is one thing here, so ANDs and NOTs are not read",
    );
  }
  const found: Condition[] = [];
  for (const condition of conditions) {
    const type = reader.text([...condition, "type"]);
    const name = reader.text([...condition, "name"]);
    if ((type !== "domain" && type !== "keyword" && type !== "embedding") || name === null) {
      return left(condition, `a condition of type ${type ?? "?"} has no equivalent`);
    }
    found.push({ type, name });
  }
  return found;
}

/** The router asks the first one, unless an algorithm says otherwise. */
function addModels(reader: Reader, path: Path, category: CategoryDraft): void {
  const [first, ...others] = reader.entries([...path, "modelRefs"]);
  if (first !== undefined) category.addModel(first, undefined, first, null);
  const algorithm = ["algorithm", "modelSelectionAlgorithm"].find((key) => reader.has([...path, key]));
  if (algorithm === undefined || others.length === 0) return;
  reader.draft.note(
    [...path, algorithm],
    "has no equivalent: the first model answers (`routing.strategy` chooses by score, cost, latency and more)",
    ["categories", category.name],
  );
}

function addPlugins(reader: Reader, path: Path, category: CategoryDraft): void {
  for (const plugin of reader.entries([...path, "plugins"])) {
    const type = reader.text([...plugin, "type"]);
    const configuration = [...plugin, "configuration"];
    if (type === "system_prompt") category.setSystemPrompt(configuration, PROMPT);
    else if (type !== null && !ELSEWHERE.has(type) && reader.value([...configuration, "enabled"]) !== false) {
      reader.draft.note(plugin, `the plugin ${type} has no equivalent`, ["categories", category.name]);
    }
  }
}

/** Plugins that are no matter of one category here. */
const ELSEWHERE = new Set(["pii", "jailbreak", "semantic-cache"]);

/** The settings of each plugin of a type, in all decisions. */
export function pluginsOf(reader: Reader, type: string): Path[] {
  return reader.entries(["decisions"]).flatMap((decision) =>
    reader.entries([...decision, "plugins"])
      .filter((plugin) => reader.text([...plugin, "type"]) === type)
      .map((plugin) => [...plugin, "configuration"])
  );
}
