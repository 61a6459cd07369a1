import type { ConversionContext, Dialect, Note, Provenance, SourceDocument } from "./dialects/dialect.ts";
import { formatPath, type Path, type Tree, valueAt } from "./path.ts";
import type { Places } from "./place.ts";
import { formatProblem, type Problem } from "./problem.ts";
import type { YamlDocument } from "./yaml.ts";

/** A note for people. */
export interface ShownNote extends Note {
  /** With file and line. */
  readonly text: string;
}

/** A file in the gateway's own words, whatever dialect it is written in. */
export interface NativeForm {
  /** Null: it is the gateway's own already. */
  readonly dialect: Dialect | null;
  readonly tree: Tree;
  /** Where its keys are written in the original. */
  readonly places: Places;
  readonly notes: readonly ShownNote[];
  readonly problems: readonly Problem[];
}

/**
 * Finds out which of these dialects a file is written in, and converts it; in none, it is the gateway's own.
 * @param tree of the document, whose root mapping it is.
 */
export function nativeForm(
  { positions }: YamlDocument,
  tree: Tree,
  file: string,
  context: ConversionContext,
  dialects: readonly Dialect[],
): NativeForm {
  const source: SourceDocument = {
    tree,
    locate: (path) => ({ file, path, line: positions.lineOf(path) }),
  };
  const dialect = dialects.find((it) => it.recognises(tree)) ?? null;
  if (dialect === null) {
    return { dialect, tree, places: { placeOf: source.locate }, notes: [], problems: [] };
  }
  const { document, provenance, notes, mistakes, ...converted } = dialect.convert(source, context);
  const problemOf = ({ path, message }: { path: Path; message: string }): Problem => {
    const place = document.locate(path);
    return { source: place.file, line: place.line, path: place.path, message };
  };
  return {
    dialect,
    tree: converted.tree,
    places: new OriginalPlaces(document, provenance),
    notes: notes.map((note) => ({ note, problem: problemOf(note) }))
      .toSorted((a, b) => (a.problem.line ?? 0) - (b.problem.line ?? 0))
      .map(({ note, problem }) => ({ ...note, text: formatProblem(problem) })),
    problems: mistakes.map(problemOf),
  };
}

/** Finds the originals of native keys. */
class OriginalPlaces implements Places {
  readonly #document: SourceDocument;
  readonly #provenance: readonly Provenance[];
  readonly #originals: ReadonlyMap<string, Path | null>;

  constructor(document: SourceDocument, provenance: readonly Provenance[]) {
    this.#document = document;
    this.#provenance = provenance;
    this.#originals = new Map(provenance.map(({ native, original }) => [formatPath(native), original]));
  }

  placeOf(path: Path) {
    for (let length = path.length; length > 0; length--) {
      const original = this.#originals.get(formatPath(path.slice(0, length)));
      if (original === undefined) continue;
      if (original === null) return null;
      // What was taken over as a whole has the same keys below.
      const below = [...original, ...path.slice(length)];
      return this.#document.locate(valueAt(this.#document.tree, below) === undefined ? original : below);
    }
    const part = this.#provenance.find(({ native, original }) =>
      original !== null && path.every((step, index) => step === native[index])
    );
    return this.#document.locate(part?.original ?? []);
  }
}
