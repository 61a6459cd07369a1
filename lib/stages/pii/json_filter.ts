import { TextFilter, type TextFilterOptions } from "./text_filter.ts";

const BACKSLASH = "\\";

/**
 * JSON in pieces, such as the arguments of a call: the texts in it are filtered by what they mean, so that it stays
 * valid; numbers and what is no JSON go through.
 */
export class JsonFilter {
  readonly #options: TextFilterOptions;
  /** The text that is under way; null: between texts. */
  #text: TextFilter | null = null;
  /** An escape that is not whole. */
  #escape = "";

  constructor(options: TextFilterOptions) {
    this.#options = options;
  }

  push(json: string): string {
    let out = "";
    let at = 0;
    while (at < json.length) {
      if (this.#text === null) {
        const quote = json.indexOf('"', at);
        const end = quote < 0 ? json.length : quote + 1;
        out += json.slice(at, end);
        at = end;
        if (quote >= 0) this.#text = new TextFilter(this.#options);
      } else if (this.#escape !== "") {
        this.#escape += json.charAt(at++);
        const meant = meaningOf(this.#escape);
        if (meant === null) continue;
        this.#escape = "";
        out += encoded(this.#text.push(meant));
      } else {
        const from = at;
        while (at < json.length && json.charAt(at) !== '"' && json.charAt(at) !== BACKSLASH) at++;
        out += encoded(this.#text.push(json.slice(from, at)));
        const stop = json.charAt(at);
        if (stop !== "") at++;
        if (stop === BACKSLASH) this.#escape = BACKSLASH;
        if (stop === '"') out += this.#endText() + '"';
      }
    }
    return out;
  }

  end(): string {
    return this.#text === null ? "" : this.#endText() + this.#escape;
  }

  #endText(): string {
    const rest = encoded(this.#text?.end() ?? "");
    this.#text = null;
    return rest;
  }
}

function encoded(text: string): string {
  return text === "" ? "" : JSON.stringify(text).slice(1, -1);
}

/** What an escape stands for; null: it is not whole. What is none stands for itself. */
function meaningOf(escape: string): string | null {
  if (escape.length < 2 || (escape.charAt(1) === "u" && escape.length < 6)) return null;
  try {
    return JSON.parse(`"${escape}"`) as string;
  } catch {
    return escape;
  }
}
