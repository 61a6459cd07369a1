import { type Kind, Mismatch } from "./kinds.ts";

const EXPECTED = "a regular expression that is quick on any text";
/** Open repetitions, such as `\d+`, that one pattern may have. */
const MOST_OPEN = 2;
const LONGEST = 500;
/** What is repeated more often than this counts as repeated without end. */
const FEW = 8;

/**
 * A regular expression whose time is bounded on short texts: no references back, no looking around, nothing repeated
 * that repeats or chooses itself, and few open repetitions.
 */
export function linearPattern(): Kind<string> {
  return {
    name: "regular expression",
    expects: EXPECTED,
    json: { type: "string", minLength: 1, maxLength: LONGEST },
    read(value) {
      if (typeof value !== "string" || value === "") throw new Mismatch(EXPECTED);
      const fault = faultOf(value);
      if (fault !== null) throw new Mismatch(`${EXPECTED}: ${fault}`);
      return value;
    },
  };
}

/** Why a pattern is not taken; null: it is. */
export function faultOf(pattern: string): string | null {
  if (pattern.length > LONGEST) return `it has more than ${LONGEST} characters`;
  let form;
  try {
    form = new RegExp(pattern, "u");
  } catch (error) {
    return error instanceof Error ? error.message : "it cannot be read";
  }
  if (form.test("")) return "it matches nothing at all";
  return new PatternCheck(pattern).fault();
}

/** A walk over a pattern that is known to be valid. */
class PatternCheck {
  readonly #pattern: string;
  #at = 0;
  #open = 0;

  constructor(pattern: string) {
    this.#pattern = pattern;
  }

  fault(): string | null {
    /** Of each open group, whether something in it repeats or chooses. */
    const groups: boolean[] = [];
    let busy = false;
    let last = false;
    while (this.#at < this.#pattern.length) {
      const char = this.#pattern.charAt(this.#at);
      if (char === "\\") {
        if (/[1-9k]/.test(this.#pattern.charAt(this.#at + 1))) return "it refers back to a group";
        this.#at += 2;
        last = false;
      } else if (char === "[") {
        this.#skipClass();
        last = false;
      } else if (char === "(") {
        if (/^\(\?(?!:)/.test(this.#pattern.slice(this.#at))) return "only plain groups and (?:…) are taken";
        groups.push(busy);
        busy = false;
        this.#at += this.#pattern.startsWith("(?:", this.#at) ? 3 : 1;
      } else if (char === ")") {
        last = busy;
        busy = (groups.pop() ?? false) || busy;
        this.#at++;
      } else if (char === "|") {
        busy = true;
        this.#at++;
      } else {
        const repetition = /^(?:[*+?]|\{(\d+)(,?)(\d*)\})\??/.exec(this.#pattern.slice(this.#at));
        this.#at += repetition?.[0].length ?? 1;
        if (repetition === null) last = false;
        else if (!isFixed(repetition)) {
          if (last) return "something is repeated that repeats or chooses itself";
          busy = true;
          if (isOpen(repetition)) this.#open++;
          if (this.#open > MOST_OPEN) return `it has more than ${MOST_OPEN} open repetitions`;
        }
      }
    }
    return null;
  }

  #skipClass(): void {
    while (this.#pattern.charAt(this.#at) !== "]") {
      this.#at += this.#pattern.charAt(this.#at) === "\\" ? 2 : 1;
    }
    this.#at++;
  }
}

function isFixed([, from, comma]: RegExpExecArray): boolean {
  return from !== undefined && comma === "";
}

function isOpen([text, , , to]: RegExpExecArray): boolean {
  return text.startsWith("*") || text.startsWith("+") ||
    (text.startsWith("{") && (to === "" || Number(to) > FEW));
}
