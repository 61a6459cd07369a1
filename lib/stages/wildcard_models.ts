import type { ModelEntry, ModelTable } from "./model_table.ts";

/** A name with one `*` in it, which stands for any text. */
interface Pattern {
  readonly start: string;
  readonly end: string;
  readonly entry: ModelEntry;
}

/** How many names that only a wildcard matches are remembered. */
const REMEMBERED = 1000;

/**
 * Models by name, where names of some have a `*`. A model of that very name comes first, then the wildcard with
 * the most letters; what its `*` stands for replaces the one in the targets' names. Wildcards are not listed, for
 * nobody can ask for them.
 */
export class WildcardModels extends Map<string, ModelEntry> {
  readonly #patterns: readonly Pattern[];
  readonly #found = new Map<string, ModelEntry>();

  constructor(table: ModelTable) {
    super([...table].filter(([name]) => !name.includes("*")));
    this.#patterns = [...table]
      .flatMap(([name, entry]) => {
        const star = name.indexOf("*");
        return star < 0 ? [] : [{ start: name.slice(0, star), end: name.slice(star + 1), entry }];
      })
      .toSorted((a, b) => b.start.length + b.end.length - a.start.length - a.end.length);
  }

  /** The same with more models. */
  with(others: Iterable<readonly [string, ModelEntry]>): WildcardModels {
    const patterns = this.wildcards.map((entry) => [entry.name, entry] as const);
    return new WildcardModels(new Map([...others, ...this, ...patterns]));
  }

  /** Those with a `*`, which are not among the others. */
  get wildcards(): readonly ModelEntry[] {
    return this.#patterns.map(({ entry }) => entry);
  }

  override get(name: string): ModelEntry | undefined {
    return super.get(name) ?? this.#found.get(name) ?? this.#match(name);
  }

  #match(name: string): ModelEntry | undefined {
    const pattern = this.#patterns.find(({ start, end }) =>
      name.length > start.length + end.length && name.startsWith(start) && name.endsWith(end)
    );
    if (pattern === undefined || name.includes("*")) return undefined;
    const { start, end, entry } = pattern;
    const part = name.slice(start.length, name.length - end.length);
    const found: ModelEntry = {
      ...entry,
      name,
      targets: entry.targets.map((target) => ({ ...target, model: target.model.replace("*", () => part) })),
    };
    if (this.#found.size < REMEMBERED) this.#found.set(name, found);
    return found;
  }
}

/** The table itself where no name in it has a wildcard. */
export function withWildcards(table: ModelTable): ModelTable {
  return [...table.keys()].some((name) => name.includes("*")) ? new WildcardModels(table) : table;
}
