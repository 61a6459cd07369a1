import type { Setting } from "./environment.ts";
import { formatPath, type Path, valueAt, withValue } from "./path.ts";
import type { Place, Places } from "./place.ts";
import type { Expansion } from "./expansion.ts";

/** A key that a flag of the command line sets. */
export interface FlagSetting {
  readonly path: readonly string[];
  readonly value: unknown;
  /** With its dashes. */
  readonly flag: string;
}

/** Where a value comes from. */
export type Origin =
  | { readonly from: "default" }
  | {
    readonly from: "file";
    /** Null: its dialect's default. */
    readonly place: Place | null;
    /** Substitutions that the value was made with. */
    readonly references: readonly string[];
    /** Never to be printed, whatever key it stands at. */
    readonly secret: boolean;
  }
  | { readonly from: "environment"; readonly variable: string }
  | { readonly from: "flag"; readonly flag: string };

/** The file, over it the environment, over that the flags. */
export class Layers {
  readonly tree: unknown;
  /** The file alone, its substitutions done. */
  readonly file: unknown;
  readonly #places: Places;
  readonly #expansion: Expansion;
  readonly #above = new Map<string, Origin>();

  constructor(
    expansion: Expansion,
    places: Places,
    environment: readonly Setting[],
    flags: readonly FlagSetting[],
  ) {
    this.#expansion = expansion;
    this.#places = places;
    this.file = expansion.tree;
    let tree: unknown = expansion.tree;
    for (const { path, value, variable } of environment) {
      tree = withValue(tree, path, value);
      this.#above.set(formatPath(path), { from: "environment", variable });
    }
    for (const { path, value, flag } of flags) {
      tree = withValue(tree, path, value);
      this.#above.set(formatPath(path), { from: "flag", flag });
    }
    this.tree = tree;
  }

  /** Where the value at a path comes from; for a key that is missing, where it should have been. */
  originOf(path: Path): Origin {
    for (let length = path.length; length > 0; length--) {
      const above = this.#above.get(formatPath(path.slice(0, length)));
      if (above !== undefined && valueAt(this.tree, path.slice(0, length)) !== undefined) return above;
    }
    const substitution = this.#expansion.substitutions.get(formatPath(path));
    if (substitution === undefined && valueAt(this.file, path) === undefined) return { from: "default" };
    return {
      from: "file",
      place: this.#places.placeOf(path),
      references: substitution?.references ?? [],
      secret: substitution?.secret ?? false,
    };
  }

  /** Where the file has the key, or should have it; null: its dialect's default stands there. */
  placeOf(path: Path): Place | null {
    return this.#places.placeOf(path);
  }
}
