import { GatewayError, invalidParam } from "../../../errors.ts";
import { nearest } from "../../../nearest.ts";
import type { RecordKind } from "../../../stores/key_records.ts";
import type { JsonObject, JsonValue } from "../../../wire/canonical.ts";
import { fieldsOf } from "./record_fields.ts";

/** Fields by name, as records have them. */
export type Given = Readonly<Record<string, unknown>>;

/** What those are told who give a field that is there and not theirs to give. */
const READ_ONLY: Readonly<Record<string, string>> = {
  id: "It cannot be changed.",
  role: "It cannot be changed.",
  disabled: "Use the operations 'disable' and 'enable'.",
  sha256: "Keys are made by the gateway.",
  key: "Keys are made by the gateway.",
  tail: "It follows from the key.",
  revision: "It is counted by the gateway.",
  created_at: "It is noted by the gateway.",
  updated_at: "It is noted by the gateway.",
  created_by: "It is noted by the gateway.",
};

/**
 * The fields that a body gives, each checked; those that are not given are not there.
 * @throws {GatewayError} 400 for a field that is not known, or not what it has to be.
 */
export function readRecord(kind: RecordKind, when: "create" | "update", body: JsonObject): Given {
  const fields = new Map(
    fieldsOf(kind).filter((field) => when === "create" || field.when === "always")
      .map((field) => [field.name, field]),
  );
  const given: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(body)) {
    const field = fields.get(name);
    if (field === undefined) throw unknownField(kind, name, [...fields.keys()]);
    const read = value === undefined ? undefined : field.read(value);
    if (read === undefined) throw invalidParam(name, field.expects);
    given[name] = read;
  }
  return given;
}

function unknownField(kind: RecordKind, name: string, known: readonly string[]): GatewayError {
  const shown = name.slice(0, 100);
  const hint = Object.hasOwn(READ_ONLY, name) ? READ_ONLY[name] : null;
  const close = nearest(name, known);
  const rest = hint ?? (close === null ? `A ${kind} has ${known.join(", ")}.` : `Did you mean '${close}'?`);
  const what = hint === null ? "Unknown field" : "Cannot set";
  return new GatewayError("invalid_request", `${what} '${shown}'. ${rest}`, { param: shown });
}

/** What a new record has where nothing is given. */
export function defaultsOf(kind: RecordKind): Readonly<Record<string, JsonValue>> {
  return Object.fromEntries(fieldsOf(kind).map(({ name, otherwise }) => [name, otherwise]));
}
