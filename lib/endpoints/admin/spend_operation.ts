import { SPEND_DIMENSIONS } from "../../stores/spend_store.ts";
import type { JsonObject } from "../../wire/canonical.ts";

export const SPEND_PATH = "/admin/v1/spend";

const DAY: JsonObject = { type: "string", format: "date" };
const COUNT: JsonObject = { type: "integer", minimum: 0 };

const FIGURES: JsonObject = {
  requests: COUNT,
  input_tokens: COUNT,
  output_tokens: COUNT,
  cost_usd: { type: "number", minimum: 0, description: "US dollars." },
};

/** `GET /admin/v1/spend` as an OpenAPI document has it; what it answers is the schema `Spend`. */
export const SPEND_OPERATION: JsonObject = {
  operationId: "getSpend",
  summary: "Tell what was spent, the most first",
  description: "Asks for the master key.",
  tags: ["spend"],
  parameters: [
    {
      name: "by",
      in: "query",
      description: "What it is told by; nothing: the total alone.",
      // One parameter, divided by commas.
      style: "form",
      explode: false,
      schema: { type: "array", items: { enum: [...SPEND_DIMENSIONS] } },
    },
    {
      name: "since",
      in: "query",
      description: "The first day, UTC. Absent: 29 days before today.",
      schema: DAY,
    },
    { name: "until", in: "query", description: "The last day, UTC. Absent: today.", schema: DAY },
    ...SPEND_DIMENSIONS.map((name): JsonObject => ({
      name,
      in: "query",
      description: `Only what is of this ${name.replace("_", " ")}.`,
      schema: name === "day" ? DAY : { type: "string" },
    })),
  ],
};

/** JSON schema of its answer. */
export const SPEND_SCHEMA: JsonObject = {
  type: "object",
  properties: {
    since: DAY,
    until: DAY,
    by: { type: "array", items: { enum: [...SPEND_DIMENSIONS] } },
    total: {
      description: "Null: nothing was spent.",
      type: ["object", "null"],
      properties: FIGURES,
      required: Object.keys(FIGURES),
    },
    data: {
      description: "One entry for each group; what is not known is an empty text.",
      type: "array",
      items: {
        type: "object",
        properties: {
          ...Object.fromEntries(SPEND_DIMENSIONS.map((name) => [name, { type: "string" }])),
          ...FIGURES,
        },
        required: Object.keys(FIGURES),
        additionalProperties: false,
      },
    },
  },
  required: ["since", "until", "by", "total", "data"],
  additionalProperties: false,
};
