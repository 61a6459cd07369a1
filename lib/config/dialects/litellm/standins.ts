import { nearest } from "../../../nearest.ts";
import type { Path } from "../../path.ts";
import type { Deployment } from "./deployment.ts";
import { FALLBACK_KEYS, type FallbackKind } from "./fallbacks.ts";
import { MOST_RETRIES } from "./router_settings.ts";
import type { LiteLlmState } from "./state.ts";

/** LiteLLM's, and the gateway's. */
const DEFAULT_RETRIES = 2;

/** Aliases and fallbacks, once it is known which models there are. */
export class Standins {
  readonly #state: LiteLlmState;
  readonly #groups: Map<string, readonly Deployment[]>;
  readonly #aliases = new Map<string, string>();

  constructor(state: LiteLlmState, groups: ReadonlyMap<string, readonly Deployment[]>) {
    this.#state = state;
    this.#groups = new Map(groups);
  }

  write(): void {
    const { draft, aliases, fallbacks } = this.#state;
    for (const { alias, model, path } of aliases) {
      const name = this.#nameOf(model, path);
      if (name === null) continue;
      // A model of that name has the name; LiteLLM sends its requests to the other.
      if (this.#groups.has(alias)) {
        draft.note(path, `is not supported: an alias with the name of a model, "${alias}"`);
      } else {
        draft.push(["models", name, "aliases"], alias, path);
        this.#aliases.set(alias, name);
      }
    }
    for (const kind of Object.keys(fallbacks) as FallbackKind[]) this.#writeFallbacks(kind);
    this.#writeAttempts();
  }

  /** Each place that is asked counts as an attempt, while LiteLLM counts those of fallbacks by themselves. */
  #writeAttempts(): void {
    const { draft } = this.#state;
    const places = (name: unknown) => this.#groups.get(String(name))?.length ?? 0;
    const needed = [...this.#groups.keys()].map((name) => {
      const others = draft.get(["models", name, "fallbacks"]);
      return Array.isArray(others) ? places(name) - 1 + others.reduce((sum, it) => sum + places(it), 0) : 0;
    });
    const most = Math.min(MOST_RETRIES, Math.max(0, ...needed));
    const given = draft.get(["retry", "attempts"]) ?? DEFAULT_RETRIES;
    if (typeof given !== "number" || given < 0 || given >= most) return;
    const path = draft.originalOf(["retry", "attempts"]);
    draft.set(["retry", "attempts"], most, path);
    if (path !== null) {
      draft.remark(path, `${most} here, for requests of fallbacks count as retries`, ["retry", "attempts"]);
    }
  }

  #writeFallbacks(kind: FallbackKind): void {
    const { draft, fallbacks, defaultFallbacks } = this.#state;
    const given = fallbacks[kind] ?? [];
    const key = FALLBACK_KEYS[kind];
    for (const { model, others, path } of given) {
      if (model === "*") continue;
      const name = this.#nameOf(model, path);
      if (name !== null) this.#set(name, key, others, path);
    }
    const general = given.find(({ model }) => model === "*") ??
      (kind === "fallbacks" && defaultFallbacks !== null
        ? { others: defaultFallbacks.models, path: defaultFallbacks.path }
        : undefined);
    if (general === undefined) return;
    for (const name of this.#groups.keys()) {
      if (!draft.has(["models", name, key])) this.#set(name, key, general.others, general.path, true);
    }
  }

  /** @param general of all models: one cannot stand in for itself. */
  #set(name: string, key: string, others: readonly string[], path: Path, general = false): void {
    const { draft } = this.#state;
    const names = others.flatMap((other, index) => {
      const found = this.#nameOf(other, [...path, index]);
      return found === null || (general && found === name) ? [] : [found];
    });
    if (names.length > 0) draft.set(["models", name, key], [...new Set(names)], path);
  }

  /** The native name of a model; one that only a wildcard matches becomes a model of its own. */
  #nameOf(model: string, path: Path): string | null {
    const { draft } = this.#state;
    const known = this.#aliases.get(model) ?? model;
    if (this.#groups.has(known)) return known;
    const written = this.#writtenNames();
    if (written.includes(model)) {
      draft.note(path, `names a model that the gateway cannot serve: "${model}"`);
      return null;
    }
    // Of several the one with the most letters, as when it is asked for.
    const [pattern] = [...this.#groups.keys()].filter((name) => wildcardPart(name, model) !== null)
      .toSorted((a, b) => b.length - a.length);
    if (pattern !== undefined) {
      this.#writeMatched(model, pattern, path);
      return model;
    }
    const near = nearest(model, [...written, ...this.#aliases.keys()]);
    draft.mistake(path, `no model is called "${model}"${near === null ? "" : `; did you mean "${near}"?`}`);
    return null;
  }

  #writeMatched(model: string, pattern: string, path: Path): void {
    const { draft } = this.#state;
    const part = wildcardPart(pattern, model) ?? "";
    const targets = draft.get(["models", pattern, "targets"]);
    if (!Array.isArray(targets)) return;
    const matched = targets.map((target) => ({ ...target, model: target.model.replace("*", () => part) }));
    draft.set(["models", model, "targets"], matched, path);
    this.#groups.set(model, this.#groups.get(pattern) ?? []);
  }

  /** Those that are left out among them. */
  #writtenNames(): string[] {
    const { model_list: list } = this.#state.draft.document.tree;
    if (!Array.isArray(list)) return [];
    return list.flatMap((entry) => typeof entry?.model_name === "string" ? [entry.model_name] : []);
  }
}

/** What a wildcard stands for in a name; null where the name is another. */
function wildcardPart(pattern: string, name: string): string | null {
  const star = pattern.indexOf("*");
  if (star < 0) return null;
  const [start, end] = [pattern.slice(0, star), pattern.slice(star + 1)];
  const fits = name.length > start.length + end.length && name.startsWith(start) && name.endsWith(end);
  return fits ? name.slice(start.length, name.length - end.length) : null;
}
