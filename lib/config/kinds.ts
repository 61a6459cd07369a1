import { Network } from "../address.ts";
import { DURATION_PATTERN, parseDuration } from "./duration.ts";
import { Secret } from "./secret.ts";
import { parseSize, SIZE_PATTERN } from "./size.ts";

/** What a value of the configuration can be. */
export interface Kind<T> {
  /** For the column "type" of the reference: `duration`, `integer`, … */
  readonly name: string;
  /** Continues "expected …" in an error. */
  readonly expects: string;
  /** The part of a JSON schema that describes it. */
  readonly json: Readonly<Record<string, unknown>>;
  /** Masked wherever it is printed. */
  readonly secret?: boolean;
  /** For {@linkcode Mismatch.nearest}: the words that are allowed. */
  readonly words?: readonly string[];
  /** @throws {Mismatch} */
  read(value: unknown): T;
}

/** A value that is not of its kind. */
export class Mismatch extends Error {
  override readonly name = "Mismatch";
  /** Continues "expected …". */
  readonly expects: string;

  constructor(expects: string) {
    super(`expected ${expects}`);
    this.expects = expects;
  }
}

function kind<T>(
  row: Omit<Kind<T>, "read">,
  read: (value: unknown) => T | undefined,
): Kind<T> {
  return {
    ...row,
    read(value) {
      const result = read(value);
      if (result === undefined) throw new Mismatch(row.expects);
      return result;
    },
  };
}

/** Numbers come as numbers from the file and as text from variables and flags. */
function number(value: unknown): number | undefined {
  if (typeof value === "number") return value;
  if (typeof value !== "string" || !/^-?\d+(\.\d+)?(e-?\d+)?$/i.test(value.trim())) return undefined;
  return Number(value);
}

export function integer(min: number, max = Number.MAX_SAFE_INTEGER): Kind<number> {
  const expects = max === Number.MAX_SAFE_INTEGER
    ? `an integer of at least ${min}`
    : `an integer from ${min} to ${max}`;
  const json = max === Number.MAX_SAFE_INTEGER
    ? { type: "integer", minimum: min }
    : { type: "integer", minimum: min, maximum: max };
  return kind({ name: "integer", expects, json }, (value) => {
    const read = number(value);
    return read !== undefined && Number.isInteger(read) && read >= min && read <= max ? read : undefined;
  });
}

/** A fraction of one, its ends included. */
export function ratio(): Kind<number> {
  const row = {
    name: "number",
    expects: "a number from 0 to 1",
    json: { type: "number", minimum: 0, maximum: 1 },
  };
  return kind(row, (value) => {
    const read = number(value);
    return read !== undefined && read >= 0 && read <= 1 ? read : undefined;
  });
}

export function positive(): Kind<number> {
  const row = {
    name: "number",
    expects: "a number of at least 0",
    json: { type: "number", minimum: 0 },
  };
  return kind(row, (value) => {
    const read = number(value);
    return read !== undefined && read >= 0 ? read : undefined;
  });
}

export function boolean(): Kind<boolean> {
  return kind({ name: "boolean", expects: "true or false", json: { type: "boolean" } }, (value) => {
    if (typeof value === "boolean") return value;
    return value === "true" ? true : value === "false" ? false : undefined;
  });
}

/** `true`, `false`, or `auto`. */
export function booleanOrAuto(): Kind<boolean | "auto"> {
  const row = {
    name: "boolean or `auto`",
    expects: "true, false or auto",
    json: { enum: [true, false, "auto"] },
  };
  return kind<boolean | "auto">(
    row,
    (value) =>
      value === "auto" || typeof value === "boolean"
        ? value
        : value === "true"
        ? true
        : value === "false"
        ? false
        : undefined,
  );
}

const DURATION = "a duration with a unit, such as 250ms, 5s, 2m or 1h";

/** In the file `5s`; read as milliseconds. `off` (or 0) is 0. */
export function duration(min = 0): Kind<number> {
  const json = { type: ["string", "integer"], pattern: DURATION_PATTERN, maximum: 0 };
  return {
    name: "duration",
    expects: DURATION,
    json,
    read(value) {
      if (typeof value === "number" && value !== 0) {
        throw new Mismatch(`${DURATION}; a unit is required: ${value}s or ${value}ms?`);
      }
      const text = String(value).trim();
      const ms = typeof value === "string" || value === 0 ? parseDuration(text) : null;
      if (ms === null) {
        throw new Mismatch(
          /^\d+(\.\d+)?$/.test(text) ? `${DURATION}; a unit is required: ${text}s or ${text}ms?` : DURATION,
        );
      }
      if (ms < min) throw new Mismatch(`a duration of at least ${min}ms`);
      return ms;
    },
  };
}

const PERCENTILE = /^p[1-9]\d?$/;

/** A duration, or `p95` for the 95th percentile of some. */
export function durationOrPercentile(): Kind<number | `p${number}`> {
  const time = duration(1);
  const expects = "a duration such as 500ms, or a percentile such as p95";
  const json = { anyOf: [time.json, { type: "string", pattern: PERCENTILE.source }] };
  return {
    name: "duration or percentile",
    expects,
    json,
    read(value) {
      if (typeof value !== "string") throw new Mismatch(expects);
      return PERCENTILE.test(value) ? value as `p${number}` : time.read(value);
    },
  };
}

/** How many of something, or `auto`. */
export function countOrAuto(max: number): Kind<number | "auto"> {
  const row = {
    name: "integer or `auto`",
    expects: `an integer from 1 to ${max}, or auto`,
    json: { anyOf: [{ type: "integer", minimum: 1, maximum: max }, { const: "auto" }] },
  };
  return kind<number | "auto">(row, (value) => {
    if (value === "auto") return value;
    const read = number(value);
    return read !== undefined && Number.isInteger(read) && read >= 1 && read <= max ? read : undefined;
  });
}

const CIDR = /^(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9a-fA-F:]*:[0-9a-fA-F:.]*)(?:\/\d{1,3})?$/;

/** An address, or a network in CIDR notation. */
export function network(): Kind<string> {
  const row = {
    name: "CIDR",
    expects: "an address or a network, such as 10.0.0.0/8 or fd00::/8",
    json: { type: "string", pattern: CIDR.source },
  };
  return kind(row, (value) => typeof value === "string" && Network.canParse(value) ? value : undefined);
}

const MOMENT = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2}))?$/;

/** A date (its beginning in UTC), or a date with time and zone; read as Unix milliseconds. */
export function moment(): Kind<number> {
  const row = {
    name: "date",
    expects: "a date such as 2027-01-31, or with time and zone 2027-01-31T12:00:00Z",
    json: { type: "string", pattern: MOMENT.source },
  };
  return kind(row, (value) => {
    // YAML reads what is not quoted itself.
    if (value instanceof Date) return value.getTime();
    const ms = typeof value === "string" && MOMENT.test(value) ? Date.parse(value) : NaN;
    return Number.isNaN(ms) ? undefined : ms;
  });
}

const SIZE = "a size with a unit, such as 512B, 64KiB, 32MiB or 1GiB";

/** In the file `32MiB`; read as bytes. */
export function size(): Kind<number> {
  return {
    name: "size",
    expects: SIZE,
    json: { type: "string", pattern: SIZE_PATTERN },
    read(value) {
      const text = String(value).trim();
      const bytes = typeof value === "string" ? parseSize(text) : null;
      if (bytes !== null && bytes > 0) return bytes;
      throw new Mismatch(/^\d+(\.\d+)?$/.test(text) ? `${SIZE}; a unit is required` : SIZE);
    },
  };
}

/** YAML takes 12, 1e5 and true for something else. */
const QUOTE_IT = " (quote it if it is meant as text)";

/** Text that is not empty. */
export function text(expects = "text that is not empty"): Kind<string> {
  const row = { name: "text", expects, json: { type: "string", minLength: 1 } };
  return {
    ...row,
    read(value) {
      if (typeof value === "string" && value !== "") return value;
      throw new Mismatch(
        typeof value === "string" ? expects : `${expects}${QUOTE_IT}`,
      );
    },
  };
}

/** Text of a form. */
export function matching(name: string, expects: string, pattern: RegExp): Kind<string> {
  return {
    name,
    expects,
    json: { type: "string", pattern: pattern.source },
    read(value) {
      if (typeof value === "string" && pattern.test(value)) return value;
      throw new Mismatch(typeof value === "string" ? expects : `${expects}${QUOTE_IT}`);
    },
  };
}

/** Where something listens by itself. */
export function listenAddress(): Kind<string> {
  return matching("host:port", "host:port, or :port", /^(\[[0-9a-fA-F:.]+\]|[^:\s[\]]*):\d{1,5}$/);
}

/** One of some words; case counts. */
export function choice<const W extends string>(words: readonly W[]): Kind<W> {
  const row = {
    name: words.map((word) => `\`${word}\``).join(", "),
    expects: oneOf(words),
    json: { enum: words },
    words,
  };
  return kind(row, (value) => words.find((word) => word === value));
}

/** One of some words, or a list of them; read as a list. */
export function choices<const W extends string>(words: readonly W[]): Kind<readonly W[]> {
  const items = { enum: words };
  const row = {
    name: `one or a list of ${words.map((word) => `\`${word}\``).join(", ")}`,
    expects: `${oneOf(words)}, or a list of these`,
    json: { anyOf: [items, { type: "array", items, minItems: 1, uniqueItems: true }] },
    words,
  };
  return kind(row, (value) => {
    const list = Array.isArray(value) ? value : [value];
    const read = list.map((item) => words.find((word) => word === item));
    return read.length > 0 && !read.includes(undefined) ? read as W[] : undefined;
  });
}

/** An `http` or `https` URL. Credentials in it are masked where it is printed. */
export function url(): Kind<string> {
  return kind(
    { name: "URL", expects: "a URL that starts with http:// or https://", json: URL_JSON },
    (value) => isUrl(value) ? value : undefined,
  );
}

/** The URL of a proxy, or `none`. */
export function proxy(): Kind<string> {
  return kind({
    name: "URL or `none`",
    expects: "a URL that starts with http:// or https://, or none",
    json: { anyOf: [URL_JSON, { const: "none" }] },
  }, (value) => isUrl(value) || value === "none" ? value : undefined);
}

const URL_JSON = { type: "string", pattern: "^https?://" };

function isUrl(value: unknown): value is string {
  return typeof value === "string" && URL.canParse(value) && /^https?:$/.test(new URL(value).protocol);
}

/** Text that prints as `***`; what an empty one means is for the section to say. */
export function secret(): Kind<Secret> {
  const row = { name: "secret", expects: "text", json: { type: "string" }, secret: true };
  return {
    ...row,
    read(value) {
      if (typeof value === "string") return new Secret(value);
      throw new Mismatch(`text${QUOTE_IT}`);
    },
  };
}

function oneOf(words: readonly string[]): string {
  if (words.length < 2) return words.join();
  return `one of ${words.slice(0, -1).join(", ")} or ${words.at(-1)}`;
}
