import type { JsonObject, JsonValue } from "../canonical.ts";
import type { EncodeContext } from "../codec.ts";
import { isObject } from "../shape.ts";

interface EchoRow {
  readonly field: string;
  /** Shown where neither the request nor the upstream's answer says anything; undefined: left out. */
  readonly fallback?: JsonValue;
  /** What an upstream echoes is about the gateway's request, not the client's: only the client's word counts. */
  readonly clients?: boolean;
}

/** Fields of the request that a response shows, with OpenAI's defaults, in OpenAI's order. */
const ECHO: readonly EchoRow[] = [
  { field: "background", fallback: false },
  { field: "instructions", fallback: null, clients: true },
  { field: "max_output_tokens", fallback: null },
  { field: "max_tool_calls", fallback: null },
  { field: "previous_response_id", fallback: null, clients: true },
  { field: "parallel_tool_calls", fallback: true },
  { field: "prompt", clients: true },
  { field: "prompt_cache_key", fallback: null, clients: true },
  { field: "prompt_cache_retention", fallback: null },
  { field: "safety_identifier", fallback: null, clients: true },
  { field: "service_tier", fallback: "default" },
  { field: "store", fallback: true, clients: true },
  { field: "temperature", fallback: 1 },
  { field: "tool_choice", fallback: "auto" },
  { field: "top_logprobs", fallback: 0 },
  { field: "top_p", fallback: 1 },
  { field: "truncation", fallback: "disabled" },
  { field: "user", clients: true },
  { field: "metadata", fallback: {}, clients: true },
];
const CLIENTS_FIELDS = new Set(ECHO.filter((row) => row.clients).map((row) => row.field)).add("conversation");

const REASONING: JsonObject = { effort: null, summary: null };
const TEXT: JsonObject = { format: { type: "text" }, verbosity: "medium" };

/** `ServiceTierResponses`: another provider's name for a tier is none of OpenAI's. */
const SERVICE_TIERS: ReadonlySet<JsonValue | undefined> = new Set([
  "auto",
  "default",
  "flex",
  "scale",
  "priority",
  "fast",
  "ultrafast",
]);

/**
 * What a response says beside its output, its usage and how it ended: who it is, and most of the request that it
 * answers.
 * @param own Fields of an upstream's answer in this format, which know what it took for defaults.
 */
export function echoRequest(
  context: EncodeContext,
  own: JsonObject,
  serviceTier: string | undefined,
): JsonObject {
  const request = context.request;
  const echo: JsonObject = {};
  for (const row of ECHO) {
    const asked = request[row.field] ?? undefined;
    const told = row.clients ? undefined : own[row.field];
    const value = told ?? asked ?? (told === null ? null : row.fallback);
    if (value !== undefined) echo[row.field] = value;
  }
  if (SERVICE_TIERS.has(serviceTier)) echo.service_tier = serviceTier ?? null;
  if (!SERVICE_TIERS.has(echo.service_tier)) echo.service_tier = "default";
  echo.tools = own.tools ?? echoTools(request.tools);
  echo.reasoning = { ...REASONING, ...objectOr(request.reasoning), ...objectOr(own.reasoning) };
  echo.text = { ...TEXT, ...objectOr(request.text), ...objectOr(own.text) };
  const conversation = request.conversation;
  if (typeof conversation === "string") echo.conversation = { id: conversation };
  else if (isObject(conversation)) echo.conversation = conversation;
  for (const field in own) {
    const value = own[field];
    if (value !== undefined && !Object.hasOwn(echo, field) && !CLIENTS_FIELDS.has(field)) echo[field] = value;
  }
  return echo;
}

/** Tools as a response shows them: functions with all their fields, remote servers without their credentials. */
function echoTools(tools: JsonValue | undefined): JsonValue[] {
  if (!Array.isArray(tools)) return [];
  return tools.map((tool) => {
    if (!isObject(tool)) return tool;
    if (tool.type === "function") {
      return { ...tool, parameters: tool.parameters ?? null, strict: tool.strict ?? true };
    }
    if (tool.type !== "mcp") return tool;
    const { authorization: _secret, headers: _secrets, ...shown } = tool;
    return shown;
  });
}

function objectOr(value: JsonValue | undefined): JsonObject {
  return isObject(value) ? value : {};
}
