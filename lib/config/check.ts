import type { z } from "zod";
import { nearest } from "../nearest.ts";
import { displayValue } from "./display.ts";
import type { Layers } from "./layers.ts";
import { keyAdvice, nodeAt } from "./lookup.ts";
import { isMapping, type Path, valueAt } from "./path.ts";
import type { Problem } from "./problem.ts";

/** Collects what is wrong, each with the place that a person has to change. */
export class Report {
  readonly problems: Problem[] = [];
  readonly #layers: Layers;
  readonly #file: string;
  readonly #unknown: Path[] = [];

  constructor(layers: Layers, file: string) {
    this.#layers = layers;
    this.#file = file;
  }

  /** A variable that sets no key. */
  addVariable(variable: string, message: string): void {
    this.problems.push({ source: `environment variable ${variable}`, line: null, path: [], message });
  }

  /** A value that could not be made out; nothing more is said of it, or of what would hold it. */
  addUnknown(path: Path, message: string): void {
    this.add(path, message);
    this.leaveOut(path);
  }

  /** Nothing is to be said of a value. */
  leaveOut(path: Path): void {
    this.#unknown.push(path);
  }

  /** @param path where the value is, or should be; shortened to what was written, for `a: x/y` has no `a.targets`. */
  add(path: Path, message: string): void {
    if (this.#unknown.some((unknown) => path.every((step, index) => step === unknown[index]))) return;
    const written = this.#written(path);
    const origin = this.#layers.originOf(written);
    const place = origin.from === "environment"
      ? `environment variable ${origin.variable}`
      : origin.from === "flag"
      ? origin.flag
      : this.#layers.placeOf(written);
    if (place === null || typeof place === "string") {
      this.problems.push({ source: place ?? this.#file, line: null, path: written, message });
    } else this.problems.push({ source: place.file, line: place.line, path: place.path, message });
  }

  #written(path: Path): Path {
    for (let length = 1; length < path.length; length++) {
      const value = valueAt(this.#layers.tree, path.slice(0, length));
      if (value !== undefined && !isMapping(value) && !Array.isArray(value)) return path.slice(0, length);
    }
    return path;
  }

  /** What the schema found. */
  addIssues(issues: readonly z.core.$ZodIssue[]): void {
    for (const issue of issues) {
      const path = issue.path.map((step) => typeof step === "number" ? step : String(step));
      if (issue.code === "unrecognized_keys") {
        for (const name of issue.keys) this.add([...path, name], `unknown key${keyAdvice(path, name)}`);
      } else this.add(path, this.#mismatch(issue, path));
    }
  }

  #mismatch(issue: z.core.$ZodIssue, path: Path): string {
    const node = nodeAt(path);
    const expected = node?.type === "value" ? issue.message : node?.type === "list" ? "a list" : "a mapping";
    const value = valueAt(this.#layers.tree, path);
    if (value === undefined) return `is missing; expected ${expected}`;
    const origin = this.#layers.originOf(path);
    const shown = node?.type === "value" ? displayValue(value, node, origin) : kindOf(value);
    const from = origin.from === "file" && origin.references.length > 0
      ? ` (from ${origin.references.join(" and ")})`
      : "";
    const words = node?.type === "value" ? node.kind.words : undefined;
    const near = words === undefined || typeof value !== "string" ? null : nearest(value, words);
    return `expected ${expected}, got ${shown}${from}${near === null ? "" : `; did you mean "${near}"?`}`;
  }
}

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return "a list";
  if (isMapping(value)) return "a mapping";
  return typeof value === "string" ? "text" : `a ${typeof value}`;
}

/**
 * The tree without what the schema refused, so that the rest can be checked too and all problems are told at
 * once: a model or provider, or the list of keys, goes as a whole.
 */
export function prune(tree: unknown, issues: readonly z.core.$ZodIssue[]): unknown {
  let pruned = tree;
  for (const issue of issues) {
    const steps = issue.path.map(String);
    if (issue.code === "unrecognized_keys") {
      for (const key of issue.keys) pruned = without(pruned, prunedPath([...steps, key]));
    } else {
      const missing = valueAt(tree, issue.path as Path) === undefined;
      pruned = without(pruned, prunedPath(missing ? steps.slice(0, -1) : steps));
    }
  }
  return pruned;
}

function prunedPath(path: readonly string[]): readonly string[] {
  if (path[0] === "providers" || path[0] === "models") return path.slice(0, 2);
  const entry = path.findIndex((step) => /^\d+$/.test(step));
  return entry < 0 ? path : path.slice(0, entry);
}

function without(tree: unknown, path: readonly string[]): unknown {
  const [first, ...rest] = path;
  if (first === undefined || !isMapping(tree)) return undefined;
  const { [first]: old, ...others } = tree;
  const left = rest.length === 0 ? undefined : without(old, rest);
  return left === undefined ? others : { ...others, [first]: left };
}
