import type { Path } from "../../path.ts";
import { CategoryDraft } from "./category.ts";
import type { Models } from "./models.ts";
import type { Reader } from "./reader.ts";

/** Names of a prompt's keys in an entry of `categories`. */
const PROMPT = { text: "system_prompt", enabled: "system_prompt_enabled", mode: "system_prompt_mode" };

/** `categories` that say which models answer them: the form without `decisions`. */
export function convertCategories(reader: Reader, models: Models): void {
  for (const { name, path } of namedEntries(reader, ["categories"])) {
    const category = new CategoryDraft(reader, models, name, path);
    category.tellByDomain(path);
    for (const entry of reader.entries([...path, "model_scores"])) {
      const score = [...entry, "score"];
      category.addModel(entry, reader.value(score), score, path);
    }
    category.setSystemPrompt(path, PROMPT);
  }
  convertRules(reader, models, (name) => reader.draft.has(["categories", name]) ? name : null);
}

/** Entries of a list that have a name, each name once. */
export function namedEntries(reader: Reader, list: Path): { name: string; path: Path }[] {
  const found = new Map<string, Path>();
  for (const path of reader.entries(list)) {
    const name = reader.text([...path, "name"]);
    if (name === null) reader.draft.mistake([...path, "name"], "is missing; expected a name");
    else if (found.has(name)) {
      reader.draft.mistake([...path, "name"], `"${name}" is the name of another entry already`);
    } else found.set(name, path);
  }
  return [...found].map(([name, path]) => ({ name, path }));
}

/**
 * `keyword_rules` and `embedding_rules`: words and examples of the category that they are for.
 * @param categoryOf the native category of a rule's name; null: nothing uses it.
 */
export function convertRules(
  reader: Reader,
  models: Models,
  categoryOf: (name: string) => string | null,
): void {
  const { draft } = reader;
  for (const path of reader.entries(["keyword_rules"])) {
    const target = targetOf(reader, path, categoryOf);
    if (target === null) continue;
    const operator = reader.word([...path, "operator"], ["or", "and", "nor"]) ?? "or";
    if (operator !== "or") {
      draft.note(
        [...path, "operator"],
        "any of a category's keywords counts here, so this rule is left out: " +
          `${operator.toUpperCase()} asks for more`,
      );
      continue;
    }
    if (reader.flag([...path, "case_sensitive"]) === true) {
      draft.note([...path, "case_sensitive"], "keywords are found whatever their case");
    }
    if (reader.flag([...path, "fuzzy_match"]) === true) {
      draft.note([...path, "fuzzy_match"], "keywords are found as they are spelt; give more of them");
    }
    const method = reader.text([...path, "method"]);
    if (method !== null && method !== "regex") {
      draft.note([...path, "method"], `keywords are looked for as they are spelt, not by ${method}`);
    }
    new CategoryDraft(reader, models, target, path).addKeywords(
      reader.texts([...path, "keywords"]),
      [...path, "keywords"],
    );
  }
  for (const path of reader.entries(["embedding_rules"])) {
    const target = targetOf(reader, path, categoryOf);
    if (target === null) continue;
    const key = reader.has([...path, "candidates"]) ? "candidates" : "keywords";
    new CategoryDraft(reader, models, target, path).addExamples(
      reader.texts([...path, key]),
      [...path, key],
    );
    if (reader.has([...path, "threshold"])) {
      draft.note(
        [...path, "threshold"],
        "does not carry over: the candidates are compared by other vectors, with one threshold for all " +
          "(`classification.classifiers[].threshold`)",
        ["categories", target],
      );
    }
  }
}

function targetOf(
  reader: Reader,
  path: Path,
  categoryOf: (name: string) => string | null,
): string | null {
  const named = [...path, reader.has([...path, "category"]) ? "category" : "name"];
  const name = reader.text(named);
  if (name === null) return null;
  const target = categoryOf(name);
  if (target === null) reader.draft.note(named, `nothing that is converted uses "${name}": it is left out`);
  return target;
}
