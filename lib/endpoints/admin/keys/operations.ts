import { GatewayError, invalidParam } from "../../../errors.ts";
import { nearest } from "../../../nearest.ts";
import type { RecordKind } from "../../../stores/key_records.ts";
import type { RecordPage } from "../../../stores/key_store.ts";
import type { JsonObject, JsonValue } from "../../../wire/canonical.ts";
import { limitIn, MAX_LIMIT } from "../list_limit.ts";
import type { KeyAdmin, Maker, NewKey } from "./key_admin.ts";
import { readRecord } from "./read_record.ts";
import { shownRecord } from "./shown_record.ts";

/** What an operation is called with. */
export interface Call {
  readonly admin: KeyAdmin;
  readonly maker: Maker;
  readonly id: string;
  readonly query: URLSearchParams;
  readonly body: JsonObject;
}

/** One parameter of a query. */
interface QueryParameter {
  readonly about: string;
  readonly schema: JsonObject;
}

/** An operation of the admin API: its route, and its part of the OpenAPI document. */
export interface AdminOperation {
  readonly method: "GET" | "POST" | "PATCH" | "DELETE";
  readonly path: string;
  /** By which programs know it: `createKey`. */
  readonly id: string;
  readonly summary: string;
  readonly kind: RecordKind;
  readonly status: number;
  /** What its body may hold: `create` and `update` the fields of records, `rotate` a grace; null: it has none. */
  readonly body: "create" | "update" | "rotate" | null;
  readonly answer: "record" | "new_key" | "list" | "deleted";
  readonly query: Readonly<Record<string, QueryParameter>>;
  run(call: Call): Promise<JsonObject>;
}

const BASE = "/admin/v1";
const MAX_GRACE_S = 30 * 24 * 3_600;

const LIMIT = { about: "How many at most.", schema: { type: "integer", minimum: 1, maximum: MAX_LIMIT } };
const AFTER = { about: "Those behind this id: `next` of the page before.", schema: { type: "string" } };
const DISABLED = { about: "Those that are disabled, or that are not.", schema: { type: "boolean" } };
const TEAM = { about: "Those of a team.", schema: { type: "string" } };
const USER = { about: "Those of a user.", schema: { type: "string" } };

const QUERIES: Readonly<Record<RecordKind, Readonly<Record<string, QueryParameter>>>> = {
  key: { limit: LIMIT, after: AFTER, team: TEAM, user: USER, disabled: DISABLED },
  team: { limit: LIMIT, after: AFTER, disabled: DISABLED },
  user: { limit: LIMIT, after: AFTER, team: TEAM, disabled: DISABLED },
};

/** The schema of the body of a rotation. */
export const ROTATION: JsonObject = {
  type: "object",
  properties: {
    grace_seconds: {
      type: "integer",
      minimum: 0,
      maximum: MAX_GRACE_S,
      default: 0,
      description: "How long the key as it was is good beside the new one.",
    },
  },
  additionalProperties: false,
};

/** All operations: routes, OpenAPI document and command line are made of these rows. */
export const OPERATIONS: readonly AdminOperation[] = [
  ...operationsOf("key"),
  ...operationsOf("team"),
  ...operationsOf("user"),
];

function operationsOf(kind: RecordKind): AdminOperation[] {
  const name = kind[0]?.toUpperCase() + kind.slice(1);
  const all = `${BASE}/${kind}s`;
  const one = `${all}/{id}`;
  const shared = { kind, status: 200, body: null, answer: "record", query: {} } as const;
  return [
    {
      ...shared,
      method: "POST",
      path: all,
      id: `create${name}`,
      summary: kind === "key" ? "Make a key, which is shown this once" : `Make a ${kind}`,
      status: 201,
      body: "create",
      answer: kind === "key" ? "new_key" : "record",
      async run({ admin, maker, body }) {
        const given = readRecord(kind, "create", body);
        return kind === "key"
          ? shownNewKey(await admin.createKey(maker, given))
          : shownRecord(kind, await admin.create(kind, maker, given));
      },
    },
    {
      ...shared,
      method: "GET",
      path: all,
      id: `list${name}s`,
      summary: `List ${kind}s, in the order of their ids`,
      answer: "list",
      query: QUERIES[kind],
      async run({ admin, maker, query }) {
        const page = pageOf(kind, query);
        // One more tells whether there are more.
        const records = await admin.list(kind, maker, { ...page, limit: page.limit + 1 });
        const shown = records.slice(0, page.limit);
        const more = records.length > shown.length;
        return {
          object: "list",
          data: shown.map((record) => shownRecord(kind, record)),
          has_more: more,
          next: more ? shown.at(-1)?.id ?? null : null,
        };
      },
    },
    {
      ...shared,
      method: "GET",
      path: one,
      id: `get${name}`,
      summary: `Show a ${kind}`,
      run: async ({ admin, maker, id }) => shownRecord(kind, await admin.get(kind, maker, id)),
    },
    {
      ...shared,
      method: "PATCH",
      path: one,
      id: `update${name}`,
      summary: "Change the fields that are given",
      body: "update",
      run: async ({ admin, maker, id, body }) =>
        shownRecord(kind, await admin.update(kind, maker, id, readRecord(kind, "update", body))),
    },
    ...(kind !== "key" ? [] : [
      {
        ...shared,
        method: "POST",
        path: `${one}/rotate`,
        id: "rotateKey",
        summary: "Give a key another text, which is shown this once",
        body: "rotate",
        answer: "new_key",
        run: async ({ admin, maker, id, body }) =>
          shownNewKey(await admin.rotate(maker, id, graceOf(body) * 1_000)),
      } satisfies AdminOperation,
    ]),
    ...([["disable", true], ["enable", false]] as const).map(([verb, disabled]): AdminOperation => ({
      ...shared,
      method: "POST",
      path: `${one}/${verb}`,
      id: `${verb}${name}`,
      summary: disabled ? `Refuse a ${kind} from now on` : `Let a disabled ${kind} in again`,
      run: async ({ admin, maker, id }) =>
        shownRecord(kind, await admin.setDisabled(kind, maker, id, disabled)),
    })),
    {
      ...shared,
      method: "DELETE",
      path: one,
      id: `delete${name}`,
      summary: `Remove a ${kind} for good`,
      answer: "deleted",
      async run({ admin, maker, id }) {
        await admin.remove(kind, maker, id);
        return { object: kind, id, deleted: true };
      },
    },
  ];
}

function shownNewKey({ record, key }: NewKey): JsonObject {
  return { ...shownRecord("key", record), key };
}

function pageOf(kind: RecordKind, query: URLSearchParams): RecordPage {
  const known = Object.keys(QUERIES[kind]);
  for (const name of query.keys()) {
    if (known.includes(name)) continue;
    const close = nearest(name, known);
    const hint = close === null ? `Expected ${known.join(", ")}.` : `Did you mean '${close}'?`;
    throw new GatewayError("invalid_request", `Unknown parameter '${name.slice(0, 100)}'. ${hint}`, {
      param: name.slice(0, 100),
    });
  }
  const limit = limitIn(query);
  const disabled = query.get("disabled");
  if (disabled !== null && disabled !== "true" && disabled !== "false") {
    throw invalidParam("disabled", "true or false");
  }
  return {
    after: query.get("after") ?? "",
    limit,
    team: query.get("team") ?? undefined,
    user: query.get("user") ?? undefined,
    disabled: disabled === null ? undefined : disabled === "true",
  };
}

function graceOf(body: JsonObject): number {
  for (const [name, value] of Object.entries(body)) {
    if (name !== "grace_seconds") {
      throw new GatewayError(
        "invalid_request",
        `Unknown field '${name.slice(0, 100)}'. Did you mean 'grace_seconds'?`,
        {
          param: name.slice(0, 100),
        },
      );
    }
    if (!isGrace(value)) throw invalidParam(name, `a whole number from 0 to ${MAX_GRACE_S}`);
    return value;
  }
  return 0;
}

function isGrace(value: JsonValue | undefined): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= MAX_GRACE_S;
}
