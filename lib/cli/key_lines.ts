import { fieldsOf } from "../endpoints/admin/keys/record_fields.ts";
import type { RecordKind } from "../stores/key_records.ts";
import type { Json } from "../tools/json.ts";
import { alignedRows } from "./table.ts";

/** One record for people; a new key first, for it is shown this once. */
export function keyLines(kind: RecordKind, record: Json): string[] {
  if (record.deleted === true) return [`${kind} ${record.id} is removed`];
  const rows = ["id", ...fieldsOf(kind).map(({ name }) => name).filter((name) => name !== "id")]
    .map((name): [string, string] => [name, shown(record[name])])
    .filter(([, value]) => value !== "");
  const about: [string, string][] = [
    ...(kind === "key" ? [["ends with", record.tail] as [string, string]] : []),
    ...(record.previous
      ? [["before it", `…${record.previous.tail}, until ${record.previous.valid_until}`] as [string, string]]
      : []),
    ["state", stateOf(record)],
    ["made", `${record.created_at} by ${record.created_by}`],
  ];
  return [
    ...(record.key === undefined ? [] : [record.key, "", "It is not shown again.", ""]),
    ...alignedRows([...rows, ...about]),
  ];
}

/** A table, its heading first. */
export function keyRows(kind: RecordKind, records: readonly Json[]): string[][] {
  const columns: readonly (readonly [string, (record: Json) => string])[] = [
    ["ID", (it) => it.id],
    ["NAME", (it) => it.name],
    ...(kind === "key" ? [["KEY", (it: Json) => `…${it.tail}`] as const] : []),
    ...(kind === "team" ? [] : [["TEAM", (it: Json) => it.team] as const]),
    ...(kind === "key" ? [["USER", (it: Json) => it.user] as const] : []),
    ["MODELS", (it) => shown(it.models) || "all"],
    ["LIMITS", limitsOf],
    ["STATE", stateOf],
  ];
  return [columns.map(([title]) => title), ...records.map((it) => columns.map(([, cell]) => cell(it)))];
}

function limitsOf(record: Json): string {
  return [
    ...["rpm", "tpm", "max_parallel"].filter((name) => record[name] !== null).map((name) =>
      `${name} ${record[name]}`
    ),
    ...record.budgets.map(({ per, usd }: Json) => `$${usd}/${per}`),
  ].join(", ");
}

function stateOf({ disabled, expires_at }: Json): string {
  if (disabled) return "disabled";
  if (expires_at === null) return "good";
  return Date.parse(expires_at) <= Date.now() ? "expired" : `good until ${expires_at}`;
}

function shown(value: Json): string {
  if (value === null || value === undefined) return "";
  if (Array.isArray(value)) {
    if (value.every((item) => typeof item === "string")) return value.join(", ");
    return value.map(({ per, usd }) => `$${usd}/${per}`).join(", ");
  }
  if (typeof value !== "object") return String(value);
  return Object.entries(value).map(([name, text]) => `${name}=${text}`).join(", ");
}
