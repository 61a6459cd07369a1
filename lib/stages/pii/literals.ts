import type { Inspector } from "./inspector.ts";
import type { TextPlace } from "./map_texts.ts";
import type { RemoteFinding } from "./remote_detector.ts";

/** The most that others may find in one request. */
const MOST = 1000;
const SHORTEST = 2;
/** One of our own placeholders, which others take for a name. */
const PLACEHOLDER = /^<?[A-Z][A-Z0-9_]*_\d+>?$/;

/** What others found: the same words are meant wherever they stand. */
export class Literals {
  readonly #types = new Map<string, string>();
  readonly #plain: RegExp | null;
  readonly #inJson: RegExp | null;

  constructor(findings: readonly RemoteFinding[]) {
    for (const { type, value } of findings.slice(0, MOST)) {
      const words = value.trim();
      if (words.length >= SHORTEST && !PLACEHOLDER.test(words)) this.#types.set(words, type);
    }
    // The longer first: a full name before the first name in it.
    const values = [...this.#types.keys()].sort((a, b) => b.length - a.length);
    this.#plain = anyOf(values);
    this.#inJson = anyOf(values.map(inJson));
  }

  redact(text: string, inspector: Inspector, { json, alterable }: TextPlace): string {
    const form = json ? this.#inJson : this.#plain;
    if (form === null) return text;
    return text.replaceAll(form, (found) => {
      const value = json ? JSON.parse(`"${found}"`) as string : found;
      return inspector.replacementOf(this.#types.get(value) ?? "other", value, alterable) ?? found;
    });
  }
}

function inJson(value: string): string {
  return JSON.stringify(value).slice(1, -1);
}

/** Whole words only. */
function anyOf(values: readonly string[]): RegExp | null {
  if (values.length === 0) return null;
  const escaped = values.map((value) => value.replaceAll(/[\\^$.*+?()[\]{}|/]/g, "\\$&"));
  return new RegExp(`(?<![\\p{L}\\p{N}_])(?:${escaped.join("|")})(?![\\p{L}\\p{N}_])`, "gu");
}
