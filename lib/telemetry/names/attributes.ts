/**
 * Attributes of spans: one row a fact, one column a profile. A fact may have several names in one profile.
 * @see https://opentelemetry.io/docs/specs/semconv/http/http-spans/
 * @see https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-spans/
 */
import type { Phase } from "../exchange.ts";
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
    const name = typeof names === "string" ? names : names[profile] ?? names[AS[profile] ?? profile];
    if (name !== undefined) columns[profile] = typeof name === "string" ? [name] : name;
  }
  return { on, type, meaning, names: columns };
}

/** A phase of the request, where it took place. */
function phase(name: Phase, meaning: string): AttributeRow<"server"> {
  return fact("server", "double", `Milliseconds: ${meaning}`, { gateway: `gateway.phase.${name}_ms` });
}

/** A profile that has another one's names unless a row says differently. */
const AS: Readonly<Partial<Record<Profile, Profile>>> = { gen_ai_next: "gen_ai" };

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
  session_id: fact("server", "string", "The conversation that the client named", {
    openinference: "session.id",
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
  phase_parse: phase("parse", "reading what the body says"),
  phase_auth: phase("auth", "finding out whose key it is"),
  phase_classify: phase("classify", "finding out what it is about"),
  phase_guard: phase("guard", "guardrails"),
  phase_cache: phase("cache", "looking for an answer that is at hand"),
  phase_route: phase("route", "choosing a model"),
  phase_select: phase("select", "choosing where to ask it"),
  phase_inject: phase("inject", "putting a prompt before the conversation"),
  phase_queue: phase("queue", "waiting for a place at the provider"),
  phase_connect: phase(
    "connect",
    "until a connection to the provider stands; almost none where one was open",
  ),
  phase_ttft: phase("ttft", "from asking to the first content"),
  phase_relay: phase("relay", "from the first content of a stream to its end"),
  phase_serialise: phase("serialise", "turning a whole answer into the client's format"),
  overhead: fact(
    "server",
    "double",
    "The gateway's own time in milliseconds: all but waiting for providers",
    {
      gateway: "gateway.overhead_ms",
    },
  ),
  request_error: fact("server", "string", "Why it failed", "error.type"),

  // A run in the background.
  run_kind: fact("run", "string", "Kind of the span", { openinference: "openinference.span.kind" }),
  run_response: fact("run", "string", "Id of the response", "conversation.id"),
  run_request_id: fact("run", "string", "Id of the request that began it", {
    gateway: "http.request_id",
    llmrouter: "request.id",
    semantic_router: "request.id",
  }),
  run_error: fact("run", "string", "Why it failed", "error.type"),

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
  temperature: fact("call", "double", "Temperature asked for", { gen_ai: "gen_ai.request.temperature" }),
  top_p: fact("call", "double", "Nucleus sampling asked for", { gen_ai: "gen_ai.request.top_p" }),
  top_k: fact("call", "double", "Top-k sampling asked for", { gen_ai: "gen_ai.request.top_k" }),
  max_tokens: fact("call", "int", "Most output tokens asked for", { gen_ai: "gen_ai.request.max_tokens" }),
  frequency_penalty: fact("call", "double", "Frequency penalty asked for", {
    gen_ai: "gen_ai.request.frequency_penalty",
  }),
  presence_penalty: fact("call", "double", "Presence penalty asked for", {
    gen_ai: "gen_ai.request.presence_penalty",
  }),
  seed: fact("call", "int", "Seed asked for", { gen_ai: "gen_ai.request.seed" }),
  choice_count: fact("call", "int", "Answers asked for, where that is not one", {
    gen_ai: "gen_ai.request.choice.count",
  }),
  stop_sequences: fact("call", "strings", "Texts at which to stop", {
    gen_ai: "gen_ai.request.stop_sequences",
  }),
  output_type: fact("call", "string", "text or json, where the client said", {
    gen_ai: "gen_ai.output.type",
  }),
  invocation_parameters: fact("call", "string", "Parameters of the request as JSON", {
    openinference: "llm.invocation_parameters",
  }),
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
    gen_ai_next: "gen_ai.usage.cache_write.input_tokens",
    openinference: "llm.token_count.prompt_details.cache_write",
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
  attempt_url: fact("attempt", "string", "Full URL without its query", {
    llmrouter: "http.url",
    gen_ai: "url.full",
  }),
  attempt_status: fact("attempt", "int", "Status of the answer", "http.response.status_code"),
  resend_count: fact("attempt", "int", "Attempts before this one", "http.request.resend_count"),
  attempt_hedge: fact("attempt", "boolean", "Sent beside one that took long", "gateway.hedge"),
  attempt_continues: fact(
    "attempt",
    "boolean",
    "Goes on with a stream that had broken off",
    "gateway.continues",
  ),
  attempt_error: fact("attempt", "string", "Why it failed", "error.type"),

  // One operation on the conversation store.
  conversation_id: fact("store", "string", "Id of the turn", "conversation.id"),
  conversation_backend: fact("store", "string", "Kind of the store", "conversation.backend"),
  conversation_messages: fact("store", "int", "Messages read or written", "conversation.message_count"),
  conversation_model: fact("store", "string", "Model of the turn", "conversation.model"),
  store_error: fact("store", "string", "Why it failed", "error.type"),

  // One command to a database.
  database_system: fact("database", "string", "Which database", "db.system.name"),
  database_operation: fact("database", "string", "The command", "db.operation.name"),
  database_error: fact("database", "string", "Why it failed", "error.type"),

  // The stages.
  category: fact("classification", "string", "Category of the request", "category.name"),
  classifier: fact("classification", "string", "What classified it", "classifier.type"),
  classification_time: fact("classification", "double", "Milliseconds", "classification.time_ms"),
  classification_error: fact("classification", "string", "Why it failed", "error.type"),
  pii_detected: fact("pii_detection", "boolean", "Whether any was found", "pii.detected"),
  pii_types: fact("pii_detection", "strings", "Kinds that were found", "pii.types"),
  pii_action: fact("pii_detection", "string", "blocked, allowed or redacted", "security.action"),
  pii_error: fact("pii_detection", "string", "Why it failed", "error.type"),
  jailbreak_detected: fact("jailbreak_detection", "boolean", "Whether one was found", "jailbreak.detected"),
  jailbreak_action: fact(
    "jailbreak_detection",
    "string",
    "blocked, annotated, routed or allowed",
    "security.action",
  ),
  jailbreak_type: fact(
    "jailbreak_detection",
    "string",
    "What is tried: override, prompt_leak, …",
    "jailbreak.type",
  ),
  jailbreak_detector: fact("jailbreak_detection", "string", "Who is surest of it", "jailbreak.detector"),
  jailbreak_score: fact("jailbreak_detection", "double", "How sure, from 0 to 1", "jailbreak.score"),
  jailbreak_source: fact(
    "jailbreak_detection",
    "string",
    "Who said it: user, tool, document, …",
    "jailbreak.source",
  ),
  jailbreak_error: fact("jailbreak_detection", "string", "Why it failed", "error.type"),
  cache_hit: fact("cache_lookup", "boolean", "Whether one was", "cache.hit"),
  cache_lookup_time: fact("cache_lookup", "double", "Milliseconds", "cache.lookup_time_ms"),
  cache_key: fact("cache_lookup", "string", "First 50 characters of the key", "cache.key"),
  cache_kind: fact("cache_lookup", "string", "exact or semantic", "cache.kind"),
  cache_error: fact("cache_lookup", "string", "Why it failed", "error.type"),
  routing_strategy: fact("routing_decision", "string", "auto, specified, or what chose", {
    gateway: "routing.strategy",
    llmrouter: "llm.routing.strategy",
    semantic_router: "routing.strategy",
  }),
  routing_reason: fact("routing_decision", "string", "Why that model", {
    gateway: "routing.reason",
    semantic_router: "routing.reason",
  }),
  routing_original_model: fact("routing_decision", "string", "Model that was asked for", {
    gateway: "routing.original_model",
    semantic_router: "routing.original_model",
  }),
  routing_selected_model: fact("routing_decision", "string", "Model that was chosen", {
    gateway: "routing.selected_model",
    llmrouter: "llm.routing.selected_model",
    semantic_router: "routing.selected_model",
  }),
  routing_model_count: fact("routing_decision", "int", "Models to choose among", {
    llmrouter: "llm.routing.model_count",
  }),
  routing_latency: fact("routing_decision", "double", "Milliseconds", {
    llmrouter: "llm.routing.latency_ms",
  }),
  reasoning_enabled: fact("routing_decision", "boolean", "Whether the model is to reason", {
    gateway: "reasoning.enabled",
    semantic_router: "reasoning.enabled",
  }),
  reasoning_effort: fact("routing_decision", "string", "How much", {
    gateway: "reasoning.effort",
    semantic_router: "reasoning.effort",
  }),
  routing_error: fact("routing_decision", "string", "Why it failed", "error.type"),
  backend_endpoint: fact("backend_selection", "string", "Where the model is asked", "backend.endpoint"),
  backend_policy: fact("backend_selection", "string", "How it was chosen", "backend.policy"),
  backend_candidates: fact("backend_selection", "int", "Places to choose among", "backend.candidates"),
  backend_error: fact("backend_selection", "string", "Why it failed", "error.type"),
  prompt_category: fact("system_prompt_injection", "string", "Whose prompt it is", "system_prompt.category"),
  prompt_mode: fact("system_prompt_injection", "string", "prepend, append or replace", "system_prompt.mode"),
  prompt_error: fact("system_prompt_injection", "string", "Why it failed", "error.type"),
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
