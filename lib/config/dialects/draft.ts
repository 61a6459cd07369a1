import { formatPath, isMapping, type Path, type Tree, valueAt } from "../path.ts";
import type { Conversion, Mistake, Note, Provenance, SourceDocument } from "./dialect.ts";

/** A native configuration in the making: remembers where each of its keys is from. */
export class Draft {
  readonly document: SourceDocument;
  readonly #tree: Record<string, unknown> = {};
  readonly #provenance: Provenance[] = [];
  readonly #notes: Note[] = [];
  readonly #mistakes: Mistake[] = [];

  constructor(document: SourceDocument) {
    this.document = document;
  }

  /**
   * Sets a native key; a number in its path is an entry of a list.
   * @param original where the value is from; null: the dialect's own default.
   */
  set(native: Path, value: unknown, original: Path | null): void {
    put(this.#tree, native, value);
    this.place(native, original);
  }

  /** The same where nothing stands there yet. */
  setDefault(native: Path, value: unknown, original: Path | null = null): void {
    if (!this.has(native)) this.set(native, value, original);
  }

  /** Adds an entry to a native list. */
  push(native: Path, value: unknown, original: Path | null): void {
    const list = this.get(native);
    this.set([...native, Array.isArray(list) ? list.length : 0], value, original);
  }

  /** Says where a native key that is not set would be written. */
  place(native: Path, original: Path | null): void {
    this.#provenance.push({ native, original });
  }

  /** What a native key was made of; null where it is a default, or nothing stands there. */
  originalOf(native: Path): Path | null {
    const key = formatPath(native);
    return this.#provenance.findLast((it) => formatPath(it.native) === key)?.original ?? null;
  }

  get(native: Path): unknown {
    return valueAt(this.#tree, native);
  }

  has(native: Path): boolean {
    return this.get(native) !== undefined;
  }

  /** Something has no equivalent, or not quite. */
  note(path: Path, message: string, near: Path | null = null): void {
    this.#notes.push({ path, message, near, lost: true });
  }

  /** Something is worth knowing, and nothing is lost. */
  remark(path: Path, message: string, near: Path | null = null): void {
    this.#notes.push({ path, message, near, lost: false });
  }

  /** Something is wrong with the original. */
  mistake(path: Path, message: string): void {
    this.#mistakes.push({ path, message });
  }

  finish(): Conversion {
    return {
      document: this.document,
      tree: this.#tree,
      provenance: this.#provenance,
      notes: this.#notes,
      mistakes: this.#mistakes,
    };
  }
}

function put(root: Record<string, unknown>, path: Path, value: unknown): void {
  let at: Record<string | number, unknown> | unknown[] = root;
  for (const [index, step] of path.entries()) {
    const holder = at as Record<string | number, unknown>;
    const next = path[index + 1];
    if (next === undefined) define(holder, step, value);
    else {
      const below = Object.hasOwn(holder, step) ? holder[step] : undefined;
      const fits = typeof next === "number" ? Array.isArray(below) : isMapping(below);
      if (!fits) define(holder, step, typeof next === "number" ? [] : {});
      at = holder[step] as Tree;
    }
  }
}

/** Names are the user's: `__proto__` is refused when the file is parsed, and here it would be a key like others. */
function define(holder: Record<string | number, unknown>, step: string | number, value: unknown): void {
  Object.defineProperty(holder, step, { value, writable: true, enumerable: true, configurable: true });
}
