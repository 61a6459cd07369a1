import type { Path } from "../../path.ts";
import { domainOf } from "./domains.ts";
import type { Models } from "./models.ts";
import { type Reader, verbatim } from "./reader.ts";

/** One native category in the making. */
export class CategoryDraft {
  readonly #reader: Reader;
  readonly #models: Models;
  readonly name: string;

  /** @param original what it is made of. */
  constructor(reader: Reader, models: Models, name: string, original: Path) {
    this.#reader = reader;
    this.#models = models;
    this.name = name;
    if (!reader.draft.has(this.#at())) reader.draft.set(this.#at(), {}, original);
  }

  #at(...steps: Path): Path {
    return ["categories", this.name, ...steps];
  }

  /**
   * How requests of an entry of `categories` are told, by what the gateway knows of its domains, else by its
   * description and its name.
   */
  tellByDomain(path: Path): void {
    const { draft } = this.#reader;
    const name = this.#reader.text([...path, "name"]) ?? this.name;
    const named = this.#reader.texts([...path, "mmlu_categories"]);
    const names = named.length > 0 ? named : [name];
    const known = names.map((it) => [it, domainOf(it)] as const);
    const description = this.#reader.text([...path, "description"]);
    const unclaimed = known.every(([, domain]) => domain !== null && domain.keywords.length === 0);
    // "Anything else" describes nothing that a text could be near to.
    if (unclaimed) return this.addExamples(known.flatMap(([, domain]) => domain?.examples ?? []), path);
    const text = description === null
      ? known.flatMap(([, domain]) => domain?.description ?? []).join(" ")
      : verbatim(description);
    const before = draft.get(this.#at("description"));
    if (text !== "") {
      const joined = typeof before === "string" ? `${before}; ${text}` : text;
      draft.set(
        this.#at("description"),
        joined,
        description === null ? path : [...path, "description"],
      );
    }
    for (const [domainName, domain] of known) {
      if (domain === null) {
        this.addKeywords([domainName.replaceAll(/[_-]+/g, " ")], path);
        if (this.#hasRule()) continue;
        draft.note(
          path,
          `the gateway has no words for "${domainName}": it is told by its name` +
            (description === null ? "" : " and description") +
            "; give it keywords and examples",
          this.#at(),
        );
      } else {
        this.addKeywords(domain.keywords, path);
        this.addExamples(domain.examples, path);
      }
    }
  }

  /** Whether the file says itself how it is told. */
  #hasRule(): boolean {
    const rules = ["keyword_rules", "embedding_rules"].flatMap((list) => this.#reader.entries([list]));
    return rules.some((rule) => this.#reader.value([...rule, "category"]) === this.name);
  }

  addKeywords(words: readonly string[], original: Path): void {
    this.#add("keywords", words, original);
  }

  addExamples(texts: readonly string[], original: Path): void {
    this.#add("examples", texts, original);
  }

  #add(key: string, texts: readonly string[], original: Path): void {
    const { draft } = this.#reader;
    const before = draft.get(this.#at(key));
    const list = Array.isArray(before) ? before as string[] : [];
    const added = [...new Set([...list, ...texts])];
    if (added.length > 0) draft.set(this.#at(key), added, original);
  }

  /**
   * A model that may answer.
   * @param path of the entry that has `model`, `lora_name` and what is said of reasoning.
   * @param around of what holds for all its models, where such a thing is there.
   */
  addModel(path: Path, score: unknown, scorePath: Path, around: Path | null): void {
    const { draft } = this.#reader;
    const base = this.#reader.text([...path, "model"]);
    if (base === null) {
      draft.mistake([...path, "model"], "is missing; expected the name of a model");
      return;
    }
    const adapter = this.#reader.text([...path, "lora_name"]);
    const model = adapter ?? base;
    const at = this.#at("models", model);
    if (draft.has(at)) {
      draft.note(path, `"${model}" stands in this category already: the first counts`, at);
      return;
    }
    draft.place(at, [...path, adapter === null ? "model" : "lora_name"]);
    if (score !== undefined) draft.set([...at, "score"], score, scorePath);
    else draft.set([...at, "score"], 1, path);
    // A model without a family is not told of reasoning, whatever the category says.
    if ((this.#models.get(model)?.reasoning ?? null) === null) return;
    const use = this.#given([path, around], "use_reasoning");
    if (use !== null) draft.set([...at, "reasoning"], this.#reader.value(use), use);
    const effort = this.#given([path, around], "reasoning_effort");
    if (effort !== null) draft.set([...at, "reasoning_effort"], this.#reader.value(effort), effort);
  }

  #given(holders: readonly (Path | null)[], key: string): Path | null {
    const holder = holders.find((it) => it !== null && this.#reader.has([...it, key])) ?? null;
    return holder === null ? null : [...holder, key];
  }

  /** @param keys what `text`, `enabled` and `mode` are called there. */
  setSystemPrompt(path: Path, keys: { text: string; enabled: string; mode: string }): void {
    const text = this.#reader.text([...path, keys.text]);
    if (text === null || this.#reader.flag([...path, keys.enabled]) === false) return;
    const mode = this.#reader.word([...path, keys.mode], ["replace", "insert"]) ?? "replace";
    const { draft } = this.#reader;
    draft.set(this.#at("system_prompt", "text"), verbatim(text), [...path, keys.text]);
    draft.set(
      this.#at("system_prompt", "mode"),
      mode === "insert" ? "prepend" : "replace",
      this.#reader.has([...path, keys.mode]) ? [...path, keys.mode] : [...path, keys.text],
    );
  }
}
