/**
 * Attributes of spans: one row a fact, one column a profile. A fact may have several names in one profile.
 * @see https://opentelemetry.io/docs/specs/semconv/http/http-spans/
 * @see https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-spans/
 */
import { type Profile, PROFILES } from "./profiles.ts";
import type { SpanType } from "./spans.ts";

/** How a value is encoded, the same on every span whatever the number happens to be. */
export type AttributeType = "string" | "int" | "double" | "boolean" | "strings";

export interface AttributeRow<Type extends SpanType = SpanType> {
  readonly on: Type;
  readonly type: AttributeType;
  readonly meaning: string;
  readonly names: Readonly<Partial<Record<Profile, readonly string[]>>>;
}

type Names = Readonly<Partial<Record<Profile, string | readonly string[]>>>;

function fact<Type extends SpanType>(
  on: Type,
  type: AttributeType,
  meaning: string,
  names: Names | string,
): AttributeRow<Type> {
  const columns: Partial<Record<Profile, readonly string[]>> = {};
  for (const profile of PROFILES) {
    const name = typeof names === "string" ? names : names[profile];
    if (name !== undefined) columns[profile] = typeof name === "string" ? [name] : name;
  }
  return { on, type, meaning, names: columns };
}

/** A name given as a text stands in every profile. */
export const ATTRIBUTES = {
  // The request.
  server_kind: fact("server", "string", "Kind of the span", { openinference: "openinference.span.kind" }),
  method: fact("server", "string", "HTTP method", {
    gateway: "http.method",
    llmrouter: "http.method",
    semantic_router: "http.method",
    gen_ai: "http.request.method",
  }),
  route: fact("server", "string", "Template of the route", {
    gateway: "http.route",
    llmrouter: "http.route",
    gen_ai: "http.route",
  }),
  path: fact("server", "string", "Path without its query", {
    semantic_router: "http.path",
    gen_ai: "url.path",
  }),
  scheme: fact("server", "string", "http or https", { gen_ai: "url.scheme" }),
  sent_status: fact("server", "int", "Status that was sent", {
    gateway: "http.status_code",
    llmrouter: "http.status_code",
    gen_ai: "http.response.status_code",
  }),
  request_id: fact("server", "string", "Id of the request", {
    gateway: "http.request_id",
    llmrouter: "request.id",
    semantic_router: "request.id",
  }),
  trace_id: fact("server", "string", "The trace's own id, to be found in logs", { gateway: "trace_id" }),
  span_id: fact("server", "string", "The span's own id, to be found in logs", { gateway: "span_id" }),
  user: fact("server", "string", "The user that the client named", {
    semantic_router: "user.id",
    gen_ai: "user.id",
    openinference: "user.id",
  }),
  client_address: fact("server", "string", "Address of the client", { gen_ai: "client.address" }),
  user_agent: fact("server", "string", "Program of the client", { gen_ai: "user_agent.original" }),
  requested_model: fact("server", "string", "Model that was asked for", {
    semantic_router: "routing.original_model",
  }),
  processing_time: fact("server", "double", "Whole time in milliseconds", {
    semantic_router: "processing.time_ms",
  }),
  sampling_reason: fact("server", "string", "The rule that kept the trace, or head", "sampling.reason"),
  sampling_weight: fact("server", "double", "How many traces this one stands for", "sampling.weight"),
  request_error: fact("server", "string", "Why it failed", "error.type"),

  // The call of a model.
  call_kind: fact("call", "string", "Kind of the span", { openinference: "openinference.span.kind" }),
  operation: fact("call", "string", "Operation", { gen_ai: "gen_ai.operation.name" }),
  provider: fact("call", "string", "Provider as configured", {
    gateway: "provider.name",
    llmrouter: ["llm.provider", "gen_ai.system"],
    openinference: "llm.provider",
  }),
  provider_system: fact("call", "string", "Kind of the provider", { gen_ai: "gen_ai.provider.name" }),
  model: fact("call", "string", "Model as sent to the provider", {
    gateway: "provider.model",
    llmrouter: ["llm.model", "gen_ai.request.model"],
    semantic_router: ["routing.selected_model", "model.name"],
    gen_ai: "gen_ai.request.model",
    openinference: "llm.request.model_name",
  }),
  stream: fact("call", "boolean", "Whether a stream was asked for", { gen_ai: "gen_ai.request.stream" }),
  call_address: fact("call", "string", "Host of the provider", { gen_ai: "server.address" }),
  call_port: fact("call", "int", "Port of the provider", { gen_ai: "server.port" }),
  response_model: fact("call", "string", "Model that the provider says answered", {
    llmrouter: "gen_ai.response.model",
    gen_ai: "gen_ai.response.model",
    openinference: ["llm.response.model_name", "llm.model_name"],
  }),
  response_id: fact("call", "string", "The provider's id of the answer", { gen_ai: "gen_ai.response.id" }),
  finish_reasons: fact("call", "strings", "Why the model ended", {
    gen_ai: "gen_ai.response.finish_reasons",
  }),
  input_tokens: fact("call", "int", "Input tokens, cached ones included", {
    gateway: "provider.input_tokens",
    llmrouter: ["llm.tokens.prompt", "gen_ai.usage.input_tokens"],
    gen_ai: "gen_ai.usage.input_tokens",
    openinference: "llm.token_count.prompt",
  }),
  output_tokens: fact("call", "int", "Output tokens, reasoning included", {
    gateway: "provider.output_tokens",
    llmrouter: ["llm.tokens.completion", "gen_ai.usage.output_tokens"],
    gen_ai: "gen_ai.usage.output_tokens",
    openinference: "llm.token_count.completion",
  }),
  cached_tokens: fact("call", "int", "Input tokens read from the provider's cache", {
    gen_ai: "gen_ai.usage.cache_read.input_tokens",
    openinference: "llm.token_count.prompt_details.cache_read",
  }),
  cache_creation_tokens: fact("call", "int", "Input tokens written to the provider's cache", {
    gen_ai: "gen_ai.usage.cache_creation.input_tokens",
  }),
  reasoning_tokens: fact("call", "int", "Output tokens spent on reasoning", {
    gen_ai: "gen_ai.usage.reasoning.output_tokens",
    openinference: "llm.token_count.completion_details.reasoning",
  }),
  cost: fact("call", "double", "What its tokens cost, in US dollars", {
    gateway: "provider.cost_usd",
    llmrouter: "llm.cost_usd",
    openinference: "llm.cost.total",
  }),
  chunks: fact("call", "int", "Content chunks of a stream", { gateway: "provider.chunk_count" }),
  ttfb: fact("call", "double", "Seconds to the first chunk of a stream", {
    gateway: "provider.ttfb_seconds",
    gen_ai: "gen_ai.response.time_to_first_chunk",
  }),
  call_error: fact("call", "string", "Why it failed", "error.type"),

  // One attempt.
  attempt_method: fact("attempt", "string", "HTTP method", "http.request.method"),
  attempt_address: fact("attempt", "string", "Host of the provider", "server.address"),
  attempt_port: fact("attempt", "int", "Port of the provider", "server.port"),
  attempt_status: fact("attempt", "int", "Status of the answer", "http.response.status_code"),
  resend_count: fact("attempt", "int", "Attempts before this one", "http.request.resend_count"),
  attempt_error: fact("attempt", "string", "Why it failed", "error.type"),

  // One operation on a store.
  conversation_id: fact("store", "string", "Id of the turn", "conversation.id"),
  conversation_backend: fact("store", "string", "Kind of the store", "conversation.backend"),
  conversation_messages: fact("store", "int", "Messages read or written", "conversation.message_count"),
  conversation_model: fact("store", "string", "Model of the turn", "conversation.model"),
  store_error: fact("store", "string", "Why it failed", "error.type"),
} as const satisfies Record<string, AttributeRow>;

export type Fact = keyof typeof ATTRIBUTES;

const DOUBLES = new Set(
  Object.values<AttributeRow>(ATTRIBUTES)
    .filter((row) => row.type === "double")
    .flatMap((row) => Object.values(row.names).flat()),
);

/** Whether numbers under this name are encoded as doubles, even whole ones. */
export function isDouble(name: string): boolean {
  return DOUBLES.has(name);
}
