import { isMapping, type Path, type Tree } from "../../path.ts";
import type { ConversionContext } from "../dialect.ts";
import type { Draft } from "../draft.ts";
import type { FallbackLists } from "./fallbacks.ts";

const REFERENCE = /^os\.environ\/([A-Za-z_][A-Za-z0-9_]*)$/;

/** What the parts of a conversion share: the draft, the variables, and how values are read. */
export class LiteLlmState {
  readonly draft: Draft;
  readonly context: ConversionContext;
  /** Of `environment_variables`: they count as the file's, so the environment beats them. */
  readonly #variables: Tree;
  readonly #used = new Set<string>();
  /** Other names for models, and models in whose place others stand; worked out once all models are known. */
  readonly aliases: { readonly alias: string; readonly model: string; readonly path: Path }[] = [];
  readonly fallbacks: FallbackLists = { fallbacks: null, context_window: null, content_policy: null };
  defaultFallbacks: { readonly models: readonly string[]; readonly path: Path } | null = null;
  /** How many requests a deployment gets at a time where it says nothing of it. */
  maxParallel: { readonly value: unknown; readonly path: Path } | null = null;
  /** Whether deployments are asked now and then whether they are well. */
  healthChecks: Path | null = null;
  /** `credential_list`, by name. */
  readonly credentials = new Map<string, { readonly values: Tree; readonly path: Path }>();

  constructor(draft: Draft, context: ConversionContext, variables: Tree) {
    this.draft = draft;
    this.context = context;
    this.#variables = variables;
  }

  /** Whether a variable is set, here or in the file. */
  isSet(name: string): boolean {
    return this.valueOf(name) !== "";
  }

  /** Whether only the file sets a variable: what is read of the environment does not know it. */
  isInFile(name: string): boolean {
    return (this.context.env(name) ?? "") === "" && this.#fileValue(name) !== "";
  }

  /** Variables of the file that nothing was made of. */
  unused(): string[] {
    return Object.keys(this.#variables).filter((name) => !this.#used.has(name));
  }

  /** The value of a variable that decides what is made of the file. Never to be written into it. */
  valueOf(name: string): string {
    const inFile = this.#fileValue(name);
    return this.context.env(name) || inFile;
  }

  /** The native reference to a variable. */
  reference(name: string): string {
    const inFile = this.#fileValue(name);
    return inFile === "" || inFile.includes("}") ? `\${${name}}` : `\${${name}:-${escaped(inFile)}}`;
  }

  /** The reference to the first of several variables that is set; to the first of them where none is. */
  firstOf(names: readonly string[]): string {
    return this.reference(names.find((name) => this.isSet(name)) ?? names[0] ?? "");
  }

  /** A value as the native form writes it: references as `${NAME}`, dollar signs doubled. */
  native(value: unknown): unknown {
    if (typeof value === "string") {
      const name = REFERENCE.exec(value.trim())?.[1];
      return name === undefined ? escaped(value) : this.reference(name);
    }
    if (Array.isArray(value)) return value.map((item) => this.native(item));
    if (!isMapping(value)) return value;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, this.native(item)]));
  }

  /** Text, also where the file has a number or a truth value. */
  text(value: unknown): string {
    return String(this.native(value));
  }

  /** Seconds as a native duration; null, with a mistake, for anything else. */
  seconds(value: unknown, path: Path): string | null {
    if (isReference(value)) return `${this.text(value)}s`;
    const seconds = numberIn(value);
    if (seconds !== null && seconds >= 0) return seconds === 0 ? "off" : durationText(seconds * 1000);
    this.draft.mistake(path, `expected seconds, a number of at least 0, got ${shown(value)}`);
    return null;
  }

  /** A number as it is, a reference as text; null, with a mistake, for anything else. */
  number(value: unknown, path: Path): number | string | null {
    if (isReference(value)) return this.text(value);
    const read = numberIn(value);
    if (read === null) this.draft.mistake(path, `expected a number, got ${shown(value)}`);
    return read;
  }

  /** What decides what is made of the file, so a reference is looked up. Null, with a mistake, for anything else. */
  boolean(value: unknown, path: Path): boolean | null {
    const name = typeof value === "string" ? REFERENCE.exec(value)?.[1] : undefined;
    const given = name === undefined ? value : this.valueOf(name);
    const word = String(given).toLowerCase();
    if (word === "true" || word === "false") return word === "true";
    this.draft.mistake(path, `expected true or false, got ${shown(value)}`);
    return null;
  }

  /** One text or a list of them; what is no text is a mistake. */
  names(value: unknown, path: Path): string[] {
    const list = Array.isArray(value) ? value : [value];
    if (list.every((item) => typeof item === "string")) return list;
    this.draft.mistake(path, `expected a list of names, got ${shown(value)}`);
    return [];
  }

  /** A mapping; null, with a mistake, for anything else. */
  mapping(value: unknown, path: Path): Tree | null {
    if (isMapping(value)) return value;
    this.draft.mistake(path, `expected a mapping, got ${shown(value)}`);
    return null;
  }

  #fileValue(name: string): string {
    this.#used.add(name);
    const value = this.#variables[name];
    return value === undefined || value === null || isMapping(value) ? "" : String(value);
  }
}

export function isReference(value: unknown): value is string {
  return typeof value === "string" && REFERENCE.test(value.trim());
}

/** The name of the variable that a value refers to; null: it does not. */
export function referredVariable(value: unknown): string | null {
  return typeof value === "string" ? REFERENCE.exec(value.trim())?.[1] ?? null : null;
}

/** Numbers may be written as text: `1e-6` is one to some YAML parsers and text to others. */
export function numberIn(value: unknown): number | null {
  if (typeof value === "number") return value;
  if (typeof value !== "string" || !/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(value.trim())) return null;
  return Number(value);
}

export function durationText(ms: number): string {
  const whole = Math.max(1, Math.round(ms));
  return whole % 1000 === 0 ? `${whole / 1000}s` : `${whole}ms`;
}

/** For errors: the kind of a structure, a value that is no text, and no text at all, for it may be a secret. */
export function shown(value: unknown): string {
  if (Array.isArray(value)) return "a list";
  if (isMapping(value)) return "a mapping";
  return typeof value === "string" ? "text" : String(value);
}

function escaped(text: string): string {
  return text.replaceAll("$", "$$$$");
}
