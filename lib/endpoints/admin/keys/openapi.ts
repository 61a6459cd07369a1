import type { RecordKind } from "../../../stores/key_records.ts";
import type { JsonObject } from "../../../wire/canonical.ts";
import { type AdminOperation, OPERATIONS, ROTATION } from "./operations.ts";
import { fieldsOf } from "./record_fields.ts";
import { shownSchema } from "./shown_record.ts";
import { SPEND_OPERATION, SPEND_PATH, SPEND_SCHEMA } from "../spend_operation.ts";

const KINDS = ["key", "team", "user"] as const;

/** The OpenAPI document of the operations on keys, and of what was spent. https://spec.openapis.org/oas/v3.1.1.html */
export function openApi(version: string): JsonObject {
  const paths: Record<string, JsonObject> = {};
  for (const operation of OPERATIONS) {
    paths[operation.path] = {
      ...paths[operation.path],
      [operation.method.toLowerCase()]: operationOf(operation),
    };
  }
  paths[SPEND_PATH] = { get: { ...SPEND_OPERATION, responses: responses(200, "Spend") } };
  return {
    openapi: "3.1.0",
    info: {
      title: "llm-gateway: keys, teams, users and what they spend",
      version,
      description:
        "Asks for the master key; with a management key the keys of its team can be managed, none of which may do what " +
        "that key's own fields do not allow.",
      license: { name: "MIT", identifier: "MIT" },
    },
    security: [{ bearer: [] }],
    tags: [...KINDS.map((kind) => ({ name: `${kind}s` })), { name: "spend" }],
    paths,
    components: {
      securitySchemes: {
        bearer: { type: "http", scheme: "bearer", description: "The master key, or a management key." },
      },
      schemas: Object.assign({}, ...KINDS.map(schemasOf), {
        Rotation: ROTATION,
        Spend: SPEND_SCHEMA,
        NewKey: {
          allOf: [ref("Key"), {
            type: "object",
            properties: { key: { type: "string", description: "The key itself, shown this once." } },
            required: ["key"],
          }],
        },
        Error: {
          type: "object",
          properties: {
            error: {
              type: "object",
              properties: {
                message: { type: "string" },
                type: { type: "string" },
                param: { type: ["string", "null"] },
                code: { type: "string" },
              },
              required: ["message", "type", "param", "code"],
            },
          },
          required: ["error"],
        },
      }) as JsonObject,
    },
  };
}

function operationOf({ id, summary, kind, path, status, body, answer, query }: AdminOperation): JsonObject {
  const parameters = [
    ...(path.includes("{id}")
      ? [{ name: "id", in: "path", required: true, schema: { type: "string" } }]
      : []),
    ...Object.entries(query).map(([name, { about, schema }]) => ({
      name,
      in: "query",
      description: about,
      schema,
    })),
  ];
  return {
    operationId: id,
    summary,
    tags: [`${kind}s`],
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(body === null ? {} : {
      requestBody: { required: body === "update", content: json(ref(bodyName(kind, body))) },
    }),
    responses: responses(status, answerName(kind, answer)),
  };
}

function responses(status: number, answer: string): JsonObject {
  return {
    [String(status)]: { description: "Done.", content: json(ref(answer)) },
    default: { description: "Not done.", content: json(ref("Error")) },
  };
}

function schemasOf(kind: RecordKind): JsonObject {
  const name = nameOf(kind);
  const given = (when: "create" | "update"): JsonObject => ({
    type: "object",
    properties: Object.fromEntries(
      fieldsOf(kind).filter((field) => when === "create" || field.when === "always").map((
        field,
      ) => [field.name, {
        description: field.about + (field.masterOnly === true ? " With the master key alone." : ""),
        ...field.schema,
        ...(when === "create" && field.name !== "id" ? { default: field.otherwise } : {}),
      }]),
    ),
    additionalProperties: false,
  });
  return {
    [name]: shownSchema(kind),
    [`Create${name}`]: given("create"),
    [`Update${name}`]: given("update"),
    [`${name}List`]: {
      type: "object",
      properties: {
        object: { const: "list" },
        data: { type: "array", items: ref(name) },
        has_more: { type: "boolean" },
        next: { type: ["string", "null"], description: "For `after` of the next page." },
      },
      required: ["object", "data", "has_more", "next"],
    },
    [`Deleted${name}`]: {
      type: "object",
      properties: { object: { const: kind }, id: { type: "string" }, deleted: { const: true } },
      required: ["object", "id", "deleted"],
    },
  };
}

function nameOf(kind: RecordKind): string {
  return (kind[0]?.toUpperCase() ?? "") + kind.slice(1);
}

function bodyName(kind: RecordKind, body: NonNullable<AdminOperation["body"]>): string {
  return body === "rotate" ? "Rotation" : (body === "create" ? "Create" : "Update") + nameOf(kind);
}

function answerName(kind: RecordKind, answer: AdminOperation["answer"]): string {
  if (answer === "new_key") return "NewKey";
  if (answer === "list") return `${nameOf(kind)}List`;
  return answer === "deleted" ? `Deleted${nameOf(kind)}` : nameOf(kind);
}

function ref(name: string): JsonObject {
  return { $ref: `#/components/schemas/${name}` };
}

function json(schema: JsonObject): JsonObject {
  return { "application/json": { schema } };
}
