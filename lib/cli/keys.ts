import { parseDuration } from "../config/duration.ts";
import { fieldsOf } from "../endpoints/admin/keys/record_fields.ts";
import { nearest } from "../nearest.ts";
import type { RecordKind } from "../stores/key_records.ts";
import { askAdmin } from "../tools/admin_api.ts";
import type { Json } from "../tools/json.ts";
import { type Flag, UsageError } from "./args.ts";
import { type Command, type Flags, flagValue, flagValues } from "./command.ts";
import { keyLines, keyRows } from "./key_lines.ts";
import type { System } from "./system.ts";
import { alignedRows } from "./table.ts";
import { adminTargetOf, JSON_FLAG } from "./target_flags.ts";

/** A field as a flag: how it is written, and what becomes of that; `all`, `none` and `never` take a bound away. */
interface FieldFlag {
  readonly flag: string;
  readonly value: string;
  readonly several?: true;
  /** Where the field's own is too long. */
  readonly about?: string;
  read(values: readonly string[], flag: string): unknown;
}

const asText: FieldFlag["read"] = ([text = ""]) => text;
const asList: FieldFlag["read"] = (values) => {
  const items = values.flatMap((value) => value.split(",")).map((item) => item.trim()).filter((it) =>
    it !== ""
  );
  return items.length === 1 && items[0] === "all" ? null : items;
};
const asNumber: FieldFlag["read"] = ([text = ""], flag) => {
  if (text === "none") return null;
  const value = Number(text);
  if (text.trim() === "" || Number.isNaN(value)) {
    throw new UsageError(`--${flag}: expected a number, got "${text}"`, null);
  }
  return value;
};

const FIELD_FLAGS: Readonly<Record<string, FieldFlag>> = {
  id: { flag: "id", value: "ID", read: asText },
  name: { flag: "name", value: "TEXT", read: asText },
  role: {
    flag: "role",
    value: "ROLE",
    about: "'inference', or 'management' of its team's keys",
    read: asText,
  },
  team: { flag: "team", value: "ID", read: asText },
  user: { flag: "user", value: "ID", read: asText },
  owner: { flag: "owner", value: "OWNER", read: asText },
  tags: { flag: "tag", value: "NAME=VALUE", several: true, read: asTags },
  models: { flag: "models", value: "MODEL,…", read: asList },
  routes: { flag: "routes", value: "PATH,…", read: asList },
  addresses: { flag: "addresses", value: "CIDR,…", read: asList },
  expires_at: { flag: "expires", value: "DATE|30d", read: asMoment },
  rpm: { flag: "rpm", value: "N", read: asNumber },
  tpm: { flag: "tpm", value: "N", read: asNumber },
  max_parallel: { flag: "max-parallel", value: "N", read: asNumber },
  budgets: { flag: "budget", value: "day=USD", several: true, read: asBudgets },
};

const ACTIONS = ["list", "show", "create", "update", "rotate", "disable", "enable", "delete"] as const;
type Action = typeof ACTIONS[number];

/** `gateway keys`, `gateway teams` and `gateway users`. */
export function keysCommand(kind: RecordKind): Command {
  const name = `${kind}s`;
  const actions = ACTIONS.filter((action) => action !== "rotate" || kind === "key");
  return {
    name,
    summary: kind === "key"
      ? "Make, change and remove virtual keys"
      : `Make, change and remove ${name} of keys`,
    about: `${actions.join(", ")}: of the ${name} of a running gateway, by its admin API\n` +
      "(which asks for the master key: GATEWAY_MASTER_KEY). What a flag does not say stays as it is; lists may be\n" +
      '"all", limits and budgets "none", and a date "never".' +
      (kind === "key" ? " A key is shown once, when it is made or rotated." : ""),
    operand: { name: "words", value: "ACTION [ID]", several: true, about: "what is done, and to which" },
    flags: [
      { name: "url", value: "URL", about: "the gateway (else GATEWAY_URL, else port 8080)" },
      {
        name: "master-key",
        value: "KEY",
        about: "its master key (else GATEWAY_MASTER_KEY), or a management key",
      },
      ...fieldFlags(kind),
      ...(kind === "key"
        ? [{ name: "grace", value: "DURATION", about: "rotate: how long the old key is good too (0)" }]
        : []),
      { name: "limit", value: "N", about: "list: how many at most (all)" },
      { name: "disabled", value: null, about: "list: the disabled ones alone" },
      JSON_FLAG,
    ],
    examples: examplesOf(kind),
    async run(flags, system) {
      const [word = "list", id = "", ...more] = flagValues(flags, "words");
      const action = actions.find((it) => it === word);
      if (action === undefined) throw unknownAction(word, name, actions);
      if (more.length > 0) throw new UsageError(`one ${kind} at a time: "${more[0]}" is one too many`, name);
      return await act(kind, action, id, flags, system);
    },
  };
}

async function act(
  kind: RecordKind,
  action: Action,
  id: string,
  flags: Flags,
  system: System,
): Promise<number> {
  const name = `${kind}s`;
  const needsId = action !== "list" && action !== "create";
  if (needsId && id === "") throw new UsageError(`${action}: expected the id of a ${kind}`, name);
  if (action === "list" && id !== "") throw new UsageError(`list: "${id}" is one too many`, name);
  const given = givenFields(kind, flags, action);
  // A team is called by its id.
  if (action === "create" && id !== "") {
    if (kind === "key") throw new UsageError(`create: use --name for "${id}"; its id is made`, name);
    given["id"] = id;
  }
  const target = await adminTargetOf(flags, system);
  const all = `/admin/v1/${name}`;
  const one = `${all}/${encodeURIComponent(id)}`;
  const json = flags.has("json");
  if (action === "list") {
    const records = await listed(flags, kind, (path) => askAdmin(target, "GET", path), all);
    if (json) system.out(JSON.stringify(records, null, 2));
    else if (records.length === 0) system.out(`no ${name}`);
    else for (const line of alignedRows(keyRows(kind, records))) system.out(line);
    return 0;
  }
  const answer = await {
    show: () => askAdmin(target, "GET", one),
    create: () => askAdmin(target, "POST", all, given),
    update: () => askAdmin(target, "PATCH", one, given),
    rotate: () => askAdmin(target, "POST", `${one}/rotate`, { grace_seconds: graceOf(flags) }),
    disable: () => askAdmin(target, "POST", `${one}/disable`),
    enable: () => askAdmin(target, "POST", `${one}/enable`),
    delete: () => askAdmin(target, "DELETE", one),
  }[action]();
  if (json) system.out(JSON.stringify(answer, null, 2));
  else for (const line of keyLines(kind, answer)) system.out(line);
  return 0;
}

async function listed(
  flags: Flags,
  kind: RecordKind,
  ask: (path: string) => Promise<Record<string, Json>>,
  path: string,
): Promise<Json[]> {
  const text = flagValue(flags, "limit");
  const most = text === null ? Infinity : Number(text);
  if (!(most >= 1)) {
    throw new UsageError(`--limit: expected a number of at least 1, got "${text}"`, `${kind}s`);
  }
  const records: Json[] = [];
  for (let after: string | null = ""; after !== null && records.length < most;) {
    const query = new URLSearchParams({ limit: String(Math.min(1_000, most - records.length)), after });
    for (const name of ["team", "user"]) {
      const value = kind === "team" ? null : flagValue(flags, name);
      if (value !== null) query.set(name, value);
    }
    if (flags.has("disabled")) query.set("disabled", "true");
    const page: Record<string, Json> = await ask(`${path}?${query}`);
    records.push(...page["data"]);
    after = page["next"];
  }
  return records;
}

function fieldFlags(kind: RecordKind): Flag[] {
  return fieldsOf(kind).flatMap(({ name, about }) => {
    const row = FIELD_FLAGS[name];
    if (row === undefined) return [];
    const { flag, value, several, about: own } = row;
    return [{
      name: flag,
      value,
      ...(several === true ? { several } : {}),
      about: own ?? about.replace(/ (Null|Absent|Empty):.*$/, "").replace(/\.$/, "").replaceAll("`", "'"),
    }];
  });
}

function givenFields(kind: RecordKind, flags: Flags, action: Action): Record<string, unknown> {
  if (action !== "create" && action !== "update") return {};
  const given: Record<string, unknown> = {};
  for (const { name } of fieldsOf(kind)) {
    const row = FIELD_FLAGS[name];
    const values = row === undefined ? [] : flagValues(flags, row.flag);
    if (row !== undefined && values.length > 0) given[name] = row.read(values, row.flag);
  }
  return given;
}

function asTags(values: readonly string[], flag: string): unknown {
  return Object.fromEntries(values.map((value) => pairOf(value, flag)));
}

function asBudgets(values: readonly string[], flag: string): unknown {
  if (values.length === 1 && values[0] === "none") return [];
  return values.map((value) => {
    const [per, usd] = pairOf(value, flag);
    return { per, usd: Number(usd) };
  });
}

function pairOf(text: string, flag: string): [string, string] {
  const equals = text.indexOf("=");
  if (equals < 1) throw new UsageError(`--${flag}: expected NAME=VALUE, got "${text}"`, null);
  return [text.slice(0, equals), text.slice(equals + 1)];
}

function asMoment([text = ""]: readonly string[]): unknown {
  if (text === "never") return null;
  const ms = parseDuration(text);
  return ms === null ? text : new Date(Date.now() + ms).toISOString();
}

function graceOf(flags: Flags): number {
  const text = flagValue(flags, "grace") ?? "0";
  const ms = parseDuration(text);
  if (ms === null) throw new UsageError(`--grace: expected a duration such as 24h, got "${text}"`, "keys");
  return Math.ceil(ms / 1_000);
}

function unknownAction(word: string, name: string, actions: readonly string[]): UsageError {
  const close = nearest(word, actions);
  const hint = close === null ? `expected ${actions.join(", ")}` : `did you mean "${close}"?`;
  return new UsageError(`there is no "gateway ${name} ${word}"; ${hint}`, name);
}

function examplesOf(kind: RecordKind): string[] {
  if (kind === "key") {
    return [
      "gateway keys create --name ci --team research --models 'gpt-4o*' --rpm 60 --budget day=5 --expires 90d",
      "gateway keys list --team research",
      "gateway keys rotate key_019ac5… --grace 24h",
      "gateway keys update key_019ac5… --models all --rpm none",
    ];
  }
  if (kind === "team") {
    return ["gateway teams create research --models 'gpt-4o*' --budget month=500", "gateway teams list"];
  }
  return ["gateway users create ann@example.com --team research", "gateway users disable ann@example.com"];
}
