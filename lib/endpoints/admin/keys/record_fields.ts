import { Network } from "../../../address.ts";
import type { RecordKind } from "../../../stores/key_records.ts";
import type { JsonObject, JsonValue } from "../../../wire/canonical.ts";
import { isObject } from "../../../wire/shape.ts";

/** One field of keys, teams or users that may be given. */
export interface RecordField {
  readonly name: string;
  readonly of: readonly RecordKind[];
  /** When it may be given. */
  readonly when: "create" | "always";
  /** Given by the master key alone. */
  readonly masterOnly?: true;
  readonly about: string;
  /** JSON schema. */
  readonly schema: JsonObject;
  /** Where it is not given. */
  readonly otherwise: JsonValue;
  /** @returns what is kept; undefined: it is not what `expects` says. */
  read(value: JsonValue): unknown;
  /** Continues "expected …". */
  readonly expects: string;
}

const ALL = ["key", "team", "user"] as const;
const MAX_NAME = 200;
const MAX_ITEMS = 256;
const MAX_TEXT = 256;
const MAX_TAGS = 64;
/** The ids that people choose. */
const ID = /^[A-Za-z0-9][A-Za-z0-9._@-]{0,63}$/;
const MOMENT = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2}))?$/;
const PERIODS = ["day", "week", "month"];
/** The largest number that everybody can hold. */
const MOST = 2 ** 53 - 1;

type Row = Omit<RecordField, "name" | "of" | "when"> & Partial<Pick<RecordField, "of" | "when">>;

function isText(value: JsonValue, most = MAX_TEXT): value is string {
  // deno-lint-ignore no-control-regex -- NUL and its like are in no name
  return typeof value === "string" && value.length <= most && !/[\u0000-\u001f\u007f]/.test(value) &&
    value.isWellFormed();
}

function reference(kind: "team" | "user", about: string): Row {
  return {
    about,
    schema: { type: "string" },
    otherwise: "",
    expects: `the id of a ${kind}, or "" for none`,
    read: (value) => value === "" || (isText(value) && ID.test(value)) ? value : undefined,
  };
}

function list(about: string, item: string, isItem: (value: JsonValue) => boolean): Row {
  return {
    about,
    schema: { type: ["array", "null"], items: { type: "string", minLength: 1 }, maxItems: MAX_ITEMS },
    otherwise: null,
    expects: `a list of ${item}, ${MAX_ITEMS} at most, or null for all`,
    read(value) {
      if (value === null) return null;
      if (!Array.isArray(value) || value.length > MAX_ITEMS) return undefined;
      return value.every((it) => it !== "" && isText(it) && isItem(it)) ? [...new Set(value)] : undefined;
    },
  };
}

function limit(about: string): Row {
  return {
    about,
    schema: { type: ["integer", "null"], minimum: 1 },
    otherwise: null,
    expects: "a whole number of at least 1, or null for no limit",
    read: (value) =>
      value === null || (Number.isInteger(value) && Number(value) >= 1 && Number(value) <= MOST)
        ? value
        : undefined,
  };
}

function isBudget(value: JsonValue): boolean {
  if (!isObject(value) || Object.keys(value).length !== 2) return false;
  const { per, usd } = value;
  return typeof per === "string" && PERIODS.includes(per) && typeof usd === "number" && usd > 0 &&
    Number.isFinite(usd);
}

const ROWS: Readonly<Record<string, Row>> = {
  id: {
    of: ["team", "user"],
    when: "create",
    about: "What it is called in keys and in reports. Absent: one is made.",
    schema: { type: "string", pattern: ID.source },
    otherwise: "",
    expects: "up to 64 letters, digits and . _ @ -, the first a letter or a digit",
    read: (value) => isText(value) && ID.test(value) ? value : undefined,
  },
  name: {
    about: "For people.",
    schema: { type: "string", maxLength: MAX_NAME },
    otherwise: "",
    expects: `text of up to ${MAX_NAME} characters`,
    read: (value) => isText(value, MAX_NAME) ? value : undefined,
  },
  role: {
    of: ["key"],
    when: "create",
    masterOnly: true,
    about:
      "`inference` asks models. `management` makes and changes keys of its team, none of which may do what its own " +
      "fields do not allow.",
    schema: { enum: ["inference", "management"] },
    otherwise: "inference",
    expects: '"inference" or "management"',
    read: (value) => value === "inference" || value === "management" ? value : undefined,
  },
  team: { of: ["key", "user"], ...reference("team", "The team that it is in; empty: none.") },
  user: { of: ["key"], ...reference("user", "Whose it is; empty: nobody's in particular.") },
  owner: {
    of: ["key"],
    masterOnly: true,
    about:
      "Owner of what is stored for the key; keys with one owner share it. Empty: as `keys.owner` of the configuration " +
      "says.",
    schema: { type: "string", maxLength: MAX_NAME },
    otherwise: "",
    expects: `text of up to ${MAX_NAME} characters`,
    read: (value) => isText(value, MAX_NAME) ? value : undefined,
  },
  tags: {
    about: "What one wants to know of it later.",
    schema: { type: "object", additionalProperties: { type: "string" }, maxProperties: MAX_TAGS },
    otherwise: {},
    expects: `an object of up to ${MAX_TAGS} texts`,
    read(value) {
      if (!isObject(value)) return undefined;
      const entries = Object.entries(value);
      const fine = entries.length <= MAX_TAGS &&
        entries.every(([key, it]) => key !== "" && isText(key) && it !== undefined && isText(it));
      return fine ? value : undefined;
    },
  },
  models: list(
    "Models that may be asked for, by name or alias; a `*` stands for any text. Null: all.",
    "models",
    () => true,
  ),
  routes: list(
    "Routes that may be called, as the log has them in `path`; a `*` stands for any text. Null: all.",
    "paths that begin with / or *",
    (value) => typeof value === "string" && /^[/*]/.test(value),
  ),
  addresses: list(
    "Networks (CIDR) or addresses that it may be used from. Null: all.",
    "addresses and networks, such as 10.0.0.0/8",
    (value) => typeof value === "string" && Network.canParse(value),
  ),
  expires_at: {
    about: "From then on it is refused. Null: never.",
    schema: { type: ["string", "null"], format: "date-time" },
    otherwise: null,
    expects: "a date such as 2027-01-31, or with time and zone 2027-01-31T12:00:00Z, or null",
    read(value) {
      if (value === null) return null;
      const time = typeof value === "string" && MOMENT.test(value) ? Date.parse(value) : NaN;
      return Number.isNaN(time) ? undefined : time;
    },
  },
  rpm: limit("Requests a minute. Null: no limit."),
  tpm: limit("Tokens a minute, of input and output together. Null: no limit."),
  max_parallel: limit("Requests under way at a time. Null: no limit."),
  budgets: {
    about: "What may be spent, one budget a period at most.",
    schema: {
      type: "array",
      maxItems: PERIODS.length,
      items: {
        type: "object",
        properties: { per: { enum: PERIODS }, usd: { type: "number", exclusiveMinimum: 0 } },
        required: ["per", "usd"],
        additionalProperties: false,
      },
    },
    otherwise: [],
    expects: 'a list of {"per": "day" | "week" | "month", "usd": NUMBER}, one a period, each above 0',
    read(value) {
      if (!Array.isArray(value) || !value.every(isBudget)) return undefined;
      const periods = value.map((it) => isObject(it) ? it["per"] : null);
      return new Set(periods).size === periods.length ? value : undefined;
    },
  },
};

/** The fields that clients may give, and no others: in this order they are documented and shown. */
export const RECORD_FIELDS: readonly RecordField[] = Object.entries(ROWS).map(([name, row]) => ({
  of: ALL,
  when: "always",
  ...row,
  name,
}));

export function fieldsOf(kind: RecordKind): readonly RecordField[] {
  return RECORD_FIELDS.filter(({ of }) => of.includes(kind));
}
