import type { Path } from "./path.ts";

/** Where a person finds a key. */
export interface Place {
  readonly file: string;
  /** In that file. */
  readonly path: Path;
  /** From 1; null where unknown. */
  readonly line: number | null;
}

/** Where the keys of the configuration are written. */
export interface Places {
  /** For a key that is missing, where it should be. Null: nobody wrote it, its dialect's default stands there. */
  placeOf(path: Path): Place | null;
}
