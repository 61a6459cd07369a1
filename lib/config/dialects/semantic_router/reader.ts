import { nearest } from "../../../nearest.ts";
import { formatPath, isMapping, type Path, type Tree, valueAt } from "../../path.ts";
import type { Draft } from "../draft.ts";

/** Reads values of the original that decide something; one of another kind is a mistake, and counts as absent. */
export class Reader {
  readonly draft: Draft;
  readonly #tree: Tree;
  /** Places of which it has been told already that they are wrong. */
  readonly #told = new Set<string>();

  constructor(draft: Draft, tree = draft.document.tree) {
    this.draft = draft;
    this.#tree = tree;
  }

  /** Undefined where nothing stands, or nothing but the key. */
  value(path: Path): unknown {
    return valueAt(this.#tree, path) ?? undefined;
  }

  has(path: Path): boolean {
    return this.value(path) !== undefined;
  }

  text(path: Path): string | null {
    const value = this.value(path);
    if (value === undefined || (typeof value === "string" && value !== "")) return value ?? null;
    if (typeof value === "number") return String(value);
    if (value !== "") this.#mismatch(path, "text");
    return null;
  }

  number(path: Path): number | null {
    return this.#of(path, "a number", (value) => typeof value === "number");
  }

  flag(path: Path): boolean | null {
    return this.#of(path, "true or false", (value) => typeof value === "boolean");
  }

  /** The entries of a list. */
  entries(path: Path): Path[] {
    const list = this.#of<unknown[]>(path, "a list", Array.isArray) ?? [];
    return list.map((_, index) => [...path, index]);
  }

  texts(path: Path): string[] {
    return this.entries(path).flatMap((entry) => this.text(entry) ?? []);
  }

  /** The keys of a mapping. */
  names(path: Path): string[] {
    return Object.keys(this.#of(path, "a mapping", isMapping) ?? {});
  }

  /** One of some words, in whatever case. */
  word<const W extends string>(path: Path, words: readonly W[]): W | null {
    const text = this.text(path);
    if (text === null) return null;
    const word = words.find((it) => it === text.toLowerCase());
    if (word !== undefined) return word;
    const near = nearest(text, words);
    const advice = near === null ? "" : `; did you mean "${near}"?`;
    this.#mismatch(path, `one of ${words.join(", ")}, got "${text}"${advice}`);
    return null;
  }

  #of<T>(path: Path, expected: string, is: (value: unknown) => boolean): T | null {
    const value = this.value(path);
    if (value === undefined) return null;
    if (is(value)) return value as T;
    this.#mismatch(path, expected);
    return null;
  }

  #mismatch(path: Path, expected: string): void {
    const place = formatPath(path);
    if (this.#told.has(place)) return;
    this.#told.add(place);
    this.draft.mistake(path, `expected ${expected}`);
  }
}

/** Text that the gateway takes as it stands: the router substitutes nothing in prompts and the like. */
export function verbatim(text: string): string {
  return text.replaceAll(/\$(?=[${])/g, () => "$$");
}
