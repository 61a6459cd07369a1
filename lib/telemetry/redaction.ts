import { REDACTION_PATH } from "./names/redaction_path.ts";
import type { Redaction } from "./projections/transcript.ts";

/** What is never to be seen in a log, compiled once. */
export interface RedactionOptions {
  /** Places in a JSON body: `messages[*].content`, `metadata.ssn`, `input`; `*` is any key, `[*]` any entry. */
  readonly paths: readonly string[];
  /** Names of keys anywhere in a body, whatever their case; `*` stands for any characters. */
  readonly keys: readonly string[];
}

/** A secret by its name, in every body. Token counts have names of their own and are none. */
const SECRET_KEYS = [
  "authorization",
  "*api_key",
  "*api-key",
  "apikey",
  "*access_token",
  "*refresh_token",
  "id_token",
  "*secret",
  "*secret_key",
  "*password",
  "passwd",
  "*private_key",
  "*credential",
  "*credentials",
  "cookie",
  "set-cookie",
];

/** A secret by its look: keys of providers, bearer tokens, JSON web tokens. */
const SECRET_VALUES =
  /\b(?:sk|pk|rk|xai|gsk|AIza|ghp|github_pat|glpat|xox[abprs])[-_A-Za-z0-9]{16,}|\bBearer\s+[-._~+/A-Za-z0-9]{8,}=*|\beyJ[-_A-Za-z0-9]{8,512}\.[-_A-Za-z0-9]{8,}\.[-_A-Za-z0-9]*/g;

const MASK = "***";

/** Longer bodies are not parsed: it would hold up everybody else. */
export const MAX_PARSED = 1024 * 1024;

/** One step of the paths: what is below each key, and whether the value here goes. */
interface Step {
  readonly next: Map<string, Step>;
  masked: boolean;
}

const decoder = new TextDecoder();

/** Makes text for logs and traces of bodies. */
export class Redactor implements Redaction {
  readonly #root: Step = { next: new Map(), masked: false };
  readonly #keys: readonly Glob[];

  /** @throws {TypeError} for a path that is none. */
  constructor(options: RedactionOptions) {
    for (const path of options.paths) this.#add(path);
    this.#keys = [...SECRET_KEYS, ...options.keys].map((key) => new Glob(key));
  }

  /**
   * A body fit for a log: JSON and events of JSON without what the options name, anything else without what looks
   * like a secret; cut to `maxLength` characters.
   */
  body(bytes: Uint8Array, maxLength: number): string {
    if (bytes.length > MAX_PARSED) return `[${bytes.length} bytes]`;
    return shown(this.#text(decoder.decode(bytes)), maxLength);
  }

  /** Metadata of a request, by the same paths and names. */
  metadata(metadata: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
    return this.#masked(metadata, this.#root.next.get("metadata") ?? null) as Record<string, string>;
  }

  /** A text that a person wrote, without what looks like a secret. */
  text(text: string, maxLength: number): string {
    return shown(text, maxLength);
  }

  /** A body that was parsed, or the data of one event. */
  value(value: unknown): unknown {
    return this.#masked(value, this.#root);
  }

  /** A text that may be JSON, such as a tool's arguments, by the names of its keys. */
  json(text: string, maxLength: number): string {
    return shown(this.#json(text, null) ?? text, maxLength);
  }

  /** Whether what has this name is never told. */
  hides(name: string): boolean {
    const lower = name.toLowerCase();
    return this.#keys.some((key) => key.matches(lower));
  }

  #text(text: string): string {
    const whole = this.#json(text);
    if (whole !== null) return whole;
    // Server-sent events; what is no JSON among them may be the half of one.
    if (/^(?:data|event):/m.test(text)) {
      return text.split("\n").map((line) => this.#eventLine(line)).join("\n");
    }
    return text;
  }

  #eventLine(line: string): string {
    if (!line.startsWith("data:")) return line;
    const data = line.slice("data:".length).trim();
    return `data: ${data === "[DONE]" ? data : this.#json(data) ?? "[cut off]"}`;
  }

  #json(text: string, step: Step | null = this.#root): string | null {
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      return null;
    }
    return JSON.stringify(this.#masked(value, step));
  }

  #masked(value: unknown, step: Step | null): unknown {
    if (step?.masked) return MASK;
    if (Array.isArray(value)) return value.map((item) => this.#masked(item, step?.next.get("[*]") ?? null));
    if (typeof value !== "object" || value === null) return value;
    const pairs = Object.entries(value).map(([name, item]) => {
      const below = step?.next.get(name) ?? step?.next.get("*") ?? null;
      return [name, this.hides(name) ? MASK : this.#masked(item, below)];
    });
    return Object.fromEntries(pairs);
  }

  #add(path: string): void {
    if (!REDACTION_PATH.test(path)) {
      throw new TypeError(
        `Cannot redact "${path}": expected keys with points between them, and [*] for lists`,
      );
    }
    let step = this.#root;
    for (const name of path.replace(/^\$\.?/, "").match(/\[\*\]|[^.[\]]+/g) ?? []) {
      let next = step.next.get(name);
      if (next === undefined) step.next.set(name, next = { next: new Map(), masked: false });
      step = next;
    }
    step.masked = true;
  }
}

/** A name in which `*` stands for any characters. No regular expression: clients choose what it is held against. */
class Glob {
  readonly #first: string;
  readonly #middle: readonly string[];
  readonly #last: string | null;

  constructor(text: string) {
    const [first = "", ...rest] = text.toLowerCase().split("*");
    this.#first = first;
    this.#last = rest.pop() ?? null;
    this.#middle = rest;
  }

  /** @param name in lower case. */
  matches(name: string): boolean {
    if (this.#last === null) return name === this.#first;
    if (!name.startsWith(this.#first) || !name.endsWith(this.#last)) return false;
    let at = this.#first.length;
    for (const part of this.#middle) {
      const found = name.indexOf(part, at);
      if (found < 0) return false;
      at = found + part.length;
    }
    return at + this.#last.length <= name.length;
  }
}

/** A secret may begin before the cut and end after it. */
const LONGEST_SECRET = 4096;

function shown(text: string, maxLength: number): string {
  const clean = text.slice(0, maxLength + LONGEST_SECRET).replace(SECRET_VALUES, MASK);
  return text.length <= maxLength ? clean : `${clean.slice(0, maxLength)}… [${text.length} characters]`;
}
