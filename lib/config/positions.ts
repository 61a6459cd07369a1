import { formatPath, type Path } from "./path.ts";

export interface Positions {
  /** The line of a key, from 1; of the nearest key around it where it stands within braces; null: none. */
  lineOf(path: Path): number | null;
  /** Keys given twice in one mapping. */
  readonly duplicates: readonly { readonly path: Path; readonly line: number; readonly first: number }[];
  /** Lines that are indented with a tab. */
  readonly tabs: readonly number[];
}

interface Level {
  readonly indent: number;
  readonly base: Path;
  /** The key, or the number of the entry, under which the scan is now. */
  current: string | number;
}

const KEY = /^("(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|[^\s#"'[\]{},&*!|>%@`-][^]*?|-[^\s][^]*?)\s*:(?:\s+|$)/;
const BLOCK_SCALAR = /^(?:[&!]\S+\s+)*[|>][-+0-9]*\s*(?:#.*)?$/;

/**
 * Finds the lines of the keys of a YAML text, which the parser does not tell. It reads block mappings and lists
 * and steps over everything else, so it may know less than the parser, and decides nothing on its own.
 */
export function scanPositions(text: string): Positions {
  const lines = new Map<string, number>();
  const duplicates: { path: Path; line: number; first: number }[] = [];
  const tabs: number[] = [];
  const levels: Level[] = [];
  const open = new OpenScalar();
  let blockIndent: number | null = null;
  let number = 0;
  for (const line of text.split(/\r\n|\n|\r/)) {
    number++;
    if (line.trim() === "") continue;
    let indent = line.length - line.trimStart().length;
    if (blockIndent !== null && indent > blockIndent) continue;
    blockIndent = null;
    if (open.waiting) {
      open.read(line);
      continue;
    }
    if (/^ *\t/.test(line)) tabs.push(number);
    let rest = line.slice(indent);
    if (rest.startsWith("#") || /^(---|\.\.\.|%)/.test(line)) continue;
    let holder = indent;
    for (let dash = /^-(?:\s+|$)/.exec(rest); dash !== null; dash = /^-(?:\s+|$)/.exec(rest)) {
      enterList(levels, indent);
      lines.set(formatPath(pathOf(levels)), number);
      holder = indent;
      indent += dash[0].length;
      rest = rest.slice(dash[0].length);
    }
    const match = KEY.exec(rest);
    if (match?.[1] !== undefined) {
      enterMapping(levels, indent, unquote(match[1]));
      const path = pathOf(levels);
      const first = lines.get(formatPath(path));
      if (first === undefined) lines.set(formatPath(path), number);
      else duplicates.push({ path, line: number, first });
      holder = indent;
      rest = rest.slice(match[0].length);
    }
    if (BLOCK_SCALAR.test(rest)) blockIndent = holder;
    else open.read(rest);
  }
  return {
    duplicates,
    tabs,
    lineOf(path) {
      for (let length = path.length; length > 0; length--) {
        const line = lines.get(formatPath(path.slice(0, length)));
        if (line !== undefined) return line;
      }
      return null;
    },
  };
}

function pathOf(levels: readonly Level[]): Path {
  const top = levels.at(-1);
  return top === undefined ? [] : [...top.base, top.current];
}

/** A list may stand at the indentation of the key that holds it. */
function enterList(levels: Level[], indent: number): void {
  leave(levels, (top) => top.indent > indent);
  const top = levels.at(-1);
  if (top !== undefined && top.indent === indent && typeof top.current === "number") top.current++;
  else levels.push({ indent, base: pathOf(levels), current: 0 });
}

function enterMapping(levels: Level[], indent: number, key: string): void {
  leave(levels, (top) => top.indent > indent || (top.indent === indent && typeof top.current === "number"));
  const top = levels.at(-1);
  if (top !== undefined && top.indent === indent) top.current = key;
  else levels.push({ indent, base: pathOf(levels), current: key });
}

function leave(levels: Level[], ended: (top: Level) => boolean): void {
  for (let top = levels.at(-1); top !== undefined && ended(top); top = levels.at(-1)) levels.pop();
}

function unquote(key: string): string {
  if (key.startsWith("'")) return key.slice(1, -1).replaceAll("''", "'");
  return key.startsWith('"') ? key.slice(1, -1).replaceAll(/\\(.)/g, "$1") : key;
}

/** Follows quotes and brackets over lines. */
class OpenScalar {
  #quote = "";
  #depth = 0;

  /** Whether the next line belongs to a value that has begun. */
  get waiting(): boolean {
    return this.#quote !== "" || this.#depth > 0;
  }

  read(text: string): void {
    const started = this.waiting;
    // A plain value may hold quotes and brackets anywhere but at its start.
    if (!started && !/^(?:[&!]\S+\s+)*["'[{]/.test(text)) return;
    for (let i = 0; i < text.length; i++) {
      const char = text.charAt(i);
      if (this.#quote === '"' && char === "\\") i++;
      else if (this.#quote === "'" && text.startsWith("''", i)) i++;
      else if (this.#quote !== "") this.#quote = char === this.#quote ? "" : this.#quote;
      else if (char === "#" && (i === 0 || /\s/.test(text.charAt(i - 1)))) return;
      else if ((char === '"' || char === "'") && /^$|[\s[{,:&!]/.test(text.charAt(i - 1))) this.#quote = char;
      else if (char === "[" || char === "{") this.#depth++;
      else if (char === "]" || char === "}") this.#depth = Math.max(0, this.#depth - 1);
    }
  }
}
