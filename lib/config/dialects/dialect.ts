import type { Environment } from "../environment.ts";
import type { Path, Tree } from "../path.ts";
import type { Place } from "../place.ts";

/** A file as it is written, parsed; perhaps together with files that it includes. */
export interface SourceDocument {
  readonly tree: Tree;
  /** Where a path of the tree is written. */
  locate(path: Path): Place;
}

export interface ConversionContext {
  readonly env: Environment;
  /** Reads a file beside the configuration. @throws where it cannot. */
  readonly readFile: (path: string) => string;
}

/** Something that the native form says differently, cannot say, or need not say. */
export interface Note {
  /** Something is lost: it is warned about at every start. Else it is told only to who asks. */
  readonly lost: boolean;
  /** Of the original. */
  readonly path: Path;
  /** Continues "KEY: …"; holds no secret. */
  readonly message: string;
  /** The native key that it is about; null: there is none. */
  readonly near: Path | null;
}

/** A mistake in the original's own terms. */
export interface Mistake {
  readonly path: Path;
  readonly message: string;
}

/** A native key and where it is from. */
export interface Provenance {
  readonly native: Path;
  /** Of the original; null: the dialect's own default. */
  readonly original: Path | null;
}

/** What a dialect makes of a file. */
export interface Conversion {
  /** With the files that it includes. */
  readonly document: SourceDocument;
  /** The native configuration. Secrets are references still: `${NAME}`. */
  readonly tree: Tree;
  readonly provenance: readonly Provenance[];
  readonly notes: readonly Note[];
  readonly mistakes: readonly Mistake[];
}

/** A way to write a configuration that another program reads. */
export interface Dialect {
  /** For people. */
  readonly title: string;
  /** Whether a file is written in it, by its keys at the root. */
  recognises(document: Tree): boolean;
  convert(document: SourceDocument, context: ConversionContext): Conversion;
}
