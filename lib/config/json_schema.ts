import type { z } from "zod";
import { type Node, nodeOf, REQUIRED } from "./node.ts";
import { schema } from "./schema.ts";

type Json = Readonly<Record<string, unknown>>;

/** Any value may be taken from a variable or a file. */
const SUBSTITUTION: Json = { type: "string", pattern: "\\$\\{" };

/** The schema of the file for editors, JSON Schema draft 7, which all of them know. */
export function jsonSchema(): Json {
  return {
    $schema: "http://json-schema.org/draft-07/schema#",
    title: "Configuration of llm-gateway",
    ...describe(schema),
  };
}

function describe(at: z.ZodType): Json {
  const node = nodeOf(at);
  switch (node.type) {
    case "value":
      return describeValue(node);
    case "list":
      return { description: node.about, type: "array", items: describe(node.of) };
    case "map":
      return { description: node.about, type: "object", additionalProperties: describe(node.of) };
    case "section": {
      const { description, ...mapping } = describeSection(node);
      return node.shorthand === null
        ? { description, ...mapping }
        : { description, anyOf: [node.shorthand, mapping] };
    }
  }
}

function describeSection(node: Extract<Node, { type: "section" }>): Json {
  const entries = Object.entries(node.keys);
  const required = entries.filter(([, child]) => isRequired(child)).map(([name]) => name);
  return {
    description: node.about,
    type: "object",
    additionalProperties: false,
    properties: Object.fromEntries(entries.map(([name, child]) => [name, describe(child)])),
    ...(required.length > 0 ? { required } : {}),
  };
}

function isRequired(child: z.ZodType): boolean {
  const node = nodeOf(child);
  return node.type === "value" && node.default === REQUIRED;
}

function describeValue(node: Extract<Node, { type: "value" }>): Json {
  const { json } = node.kind;
  const anyText = json.type === "string" && json.pattern === undefined;
  const fallback = node.default === REQUIRED || node.default === null ? {} : { default: node.default };
  return { description: node.about, ...(anyText ? json : { anyOf: [json, SUBSTITUTION] }), ...fallback };
}
