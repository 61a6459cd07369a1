import { isMapping, type Path, type Tree } from "../../path.ts";
import type { Problem } from "../../problem.ts";
import { parseYaml } from "../../yaml.ts";
import type { ConversionContext, Mistake, SourceDocument } from "../dialect.ts";

interface Part {
  /** Where it is in the whole. */
  readonly at: Path;
  /** How many entries of a list, from which on; a mapping or value has none. */
  readonly entries: { readonly from: number; readonly to: number } | null;
  readonly locate: SourceDocument["locate"];
}

/** A document with what it includes: lists are continued, mappings completed, other values replaced. */
export function withIncludes(
  document: SourceDocument,
  { readFile }: ConversionContext,
): { readonly document: SourceDocument; readonly mistakes: readonly Mistake[] } {
  const { include, ...own } = document.tree;
  if (include === undefined || include === null) return { document, mistakes: [] };
  const mistakes: Mistake[] = [];
  const parts: Part[] = [];
  let tree: Tree = own;
  const files = Array.isArray(include) ? include : [include];
  for (const [index, file] of files.entries()) {
    const path = ["include", index];
    const read = typeof file === "string" ? readPart(file, readFile) : "expected the path of a file";
    if (typeof read === "string") {
      mistakes.push({ path, message: read });
      continue;
    }
    for (const [key, value] of Object.entries(read.tree)) {
      const old = tree[key];
      if (Array.isArray(old) && Array.isArray(value)) {
        const entries = { from: old.length, to: old.length + value.length };
        parts.push({ at: [key], entries, locate: read.locate });
        tree = { ...tree, [key]: [...old, ...value] };
      } else if (isMapping(old) && isMapping(value)) {
        for (const name of Object.keys(value)) {
          parts.push({ at: [key, name], entries: null, locate: read.locate });
        }
        tree = { ...tree, [key]: { ...old, ...value } };
      } else {
        parts.push({ at: [key], entries: null, locate: read.locate });
        tree = { ...tree, [key]: value };
      }
    }
  }
  return {
    document: {
      tree,
      locate(path) {
        // What was included last counts.
        for (const { at, entries, locate } of parts.toReversed()) {
          if (!at.every((step, index) => step === path[index])) continue;
          if (entries === null) return locate(path);
          const entry = path[at.length];
          if (typeof entry === "number" && entry >= entries.from && entry < entries.to) {
            return locate([...at, entry - entries.from, ...path.slice(at.length + 1)]);
          }
        }
        return document.locate(path);
      },
    },
    mistakes,
  };
}

/** @returns what is wrong where it cannot be used. */
function readPart(file: string, readFile: ConversionContext["readFile"]): SourceDocument | string {
  let text;
  try {
    text = readFile(file);
  } catch {
    return `the file "${file}" cannot be read`;
  }
  const { tree, positions, problems } = parseYaml(text, file);
  if (tree === null) return `"${file}": ${problems.map(inFile).join("; ")}`;
  return { tree, locate: (path) => ({ file, path, line: positions.lineOf(path) }) };
}

function inFile({ line, message }: Problem): string {
  return line === null ? message : `line ${line}: ${message}`;
}
