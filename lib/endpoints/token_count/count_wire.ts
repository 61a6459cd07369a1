import type { InstrumentedProvider } from "../../providers/instrumented_provider.ts";
import type { OperationName } from "../../providers/provider.ts";
import type { JsonObject, JsonValue, WireFormat } from "../../wire/canonical.ts";
import { isObject } from "../../wire/shape.ts";

/** How a provider is asked for the tokens of a request: as for an answer, less what the answer's alone is. */
export interface CountWire {
  readonly operation: OperationName;
  /** What `OperationRow.wire` says; null: nothing. */
  readonly wire: string | null;
  readonly format: WireFormat;
  /** Fields of the format's requests that it takes; all others it refuses. */
  readonly takes: ReadonlySet<string>;
  /** What goes around them. @param model the name at the provider. */
  wrap(fields: JsonObject, model: string): JsonObject;
  /** The number in an answer; null where there is none. */
  read(answer: JsonObject): number | null;
}

const MESSAGES = new Set([
  ...["model", "messages", "system", "tools", "tool_choice", "thinking", "output_config"],
  ...["mcp_servers", "context_management", "cache_control"],
]);
const INPUT = new Set([
  ...["model", "input", "instructions", "tools", "tool_choice", "parallel_tool_calls", "reasoning", "text"],
  "truncation",
]);
const CONTENTS = new Set(["contents", "systemInstruction", "tools", "toolConfig", "generationConfig"]);
const CONVERSE = new Set(["messages", "system", "toolConfig", "additionalModelRequestFields"]);

const COUNT_WIRES: readonly CountWire[] = [
  /** @see https://platform.claude.com/docs/en/api/messages/count_tokens */
  {
    operation: "count_tokens",
    wire: null,
    format: "anthropic_messages",
    takes: MESSAGES,
    wrap: (fields) => fields,
    read: (answer) => count(answer.input_tokens),
  },
  /** @see https://platform.openai.com/docs/api-reference/responses/input-tokens */
  {
    operation: "input_tokens",
    wire: null,
    format: "openai_responses",
    takes: INPUT,
    wrap: (fields) => fields,
    read: (answer) => count(answer.input_tokens),
  },
  /** @see https://ai.google.dev/api/tokens */
  {
    operation: "count_tokens",
    wire: "google",
    format: "google_generate_content",
    takes: CONTENTS,
    wrap: (fields, model) => ({ generateContentRequest: { model: `models/${model}`, ...fields } }),
    read: (answer) => count(answer.totalTokens),
  },
  /** Vertex AI takes the fields themselves. @see https://cloud.google.com/vertex-ai/docs/reference/rest/v1/projects.locations.publishers.models/countTokens */
  {
    operation: "count_tokens",
    wire: "vertex",
    format: "google_generate_content",
    takes: CONTENTS,
    wrap: (fields) => fields,
    read: (answer) => count(answer.totalTokens),
  },
  /** @see https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_CountTokens.html */
  {
    operation: "count_tokens",
    wire: "bedrock",
    format: "bedrock_converse",
    takes: CONVERSE,
    wrap: (fields) => ({ input: { converse: fields } }),
    read: (answer) => count(answer.inputTokens),
  },
];

/** How a provider counts: in the client's own words where it can; null: not at all. */
export function countWireOf(provider: InstrumentedProvider, client: WireFormat): CountWire | null {
  const offered = COUNT_WIRES.filter(({ operation, wire }) => {
    const row = provider.operation(operation);
    return row !== null && (row.wire ?? null) === wire;
  });
  return offered.find(({ format }) => format === client) ?? offered[0] ?? null;
}

/** The fields that are counted of a request. */
export function counted({ takes }: CountWire, request: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(request).filter(([name]) => takes.has(name)));
}

/** The request that Google's clients wrap, which names its model as well, or the fields themselves. */
export function unwrapped(body: JsonObject): JsonObject {
  const { generateContentRequest: inner } = body;
  if (!isObject(inner)) return body;
  const { model: _named, ...fields } = inner;
  return fields;
}

function count(value: JsonValue | undefined): number | null {
  return typeof value === "number" && value >= 0 ? value : null;
}
