import type { ClientFormat, JsonObject, JsonValue } from "./canonical.ts";
import { isObject } from "./shape.ts";

/** One name, or several for the same: then the first that was sent is meant. */
type Names = string | readonly string[];

/**
 * What clients of a format call the fields that reports name as chat completions do. What stands in no table is
 * called the same, or is the client's own field and so has its own name.
 */
const NAMES: Readonly<Record<ClientFormat, Readonly<Record<string, Names>>>> = {
  openai_chat: { reasoning: ["reasoning_effort", "thinking"] },
  openai_responses: {
    response_format: "text.format",
    verbosity: "text.verbosity",
    logprobs: "include",
  },
  anthropic_messages: {
    stop: "stop_sequences",
    user: "metadata.user_id",
    reasoning: ["thinking", "output_config.effort"],
    response_format: "output_config.format",
    parallel_tool_calls: "tool_choice.disable_parallel_tool_use",
  },
  google_generate_content: {
    temperature: "generationConfig.temperature",
    top_p: "generationConfig.topP",
    top_k: "generationConfig.topK",
    frequency_penalty: "generationConfig.frequencyPenalty",
    presence_penalty: "generationConfig.presencePenalty",
    seed: "generationConfig.seed",
    stop: "generationConfig.stopSequences",
    n: "generationConfig.candidateCount",
    logprobs: "generationConfig.responseLogprobs",
    top_logprobs: "generationConfig.logprobs",
    response_format: "generationConfig.responseMimeType",
    reasoning: "generationConfig.thinkingConfig",
    tool_choice: "toolConfig.functionCallingConfig",
    service_tier: "serviceTier",
  },
  google_interactions: {
    temperature: "generation_config.temperature",
    top_p: "generation_config.top_p",
    seed: "generation_config.seed",
    stop: "generation_config.stop_sequences",
    reasoning: "generation_config.thinking_level",
    tool_choice: "generation_config.tool_choice",
    metadata: "labels",
  },
  bedrock_converse: {
    temperature: "inferenceConfig.temperature",
    top_p: "inferenceConfig.topP",
    stop: "inferenceConfig.stopSequences",
    top_k: "additionalModelRequestFields.top_k",
    reasoning: ["thinking", "output_config.effort", "reasoning_effort"]
      .map((name) => `additionalModelRequestFields.${name}`),
    response_format: "outputConfig.textFormat",
    tool_choice: "toolConfig.toolChoice",
    metadata: "requestMetadata",
    service_tier: "serviceTier",
  },
  cohere_chat: {
    stop: "stop_sequences",
    top_p: "p",
    top_k: "k",
    reasoning: "thinking",
    "tools.strict": "strict_tools",
  },
  ollama_chat: ollama(),
  ollama_generate: ollama(),
  completions: { top_logprobs: "logprobs" },
};

const CONTENT = "messages.content.";
const CONTENT_NAMES: Readonly<Partial<Record<ClientFormat, string>>> = {
  openai_responses: "input.content.",
  google_generate_content: "contents.parts.",
  google_interactions: "input.content.",
};

/** The name of a reported field in the words of the client that wrote it. @param sent the client's request. */
export function nameInFormat(format: ClientFormat, name: string, sent: JsonObject): string {
  const content = CONTENT_NAMES[format];
  if (content !== undefined && name.startsWith(CONTENT)) return content + name.slice(CONTENT.length);
  const names = NAMES[format][name] ?? name;
  if (typeof names === "string") return names;
  return names.find((it) => valueAt(sent, it) !== undefined) ?? names[0] ?? name;
}

/** What stands at a path of names with dots between them. */
export function valueAt(json: JsonObject, path: string): JsonValue | undefined {
  let value: JsonValue | undefined = json;
  for (const name of path.split(".")) value = isObject(value) ? value[name] : undefined;
  return value;
}

function ollama(): Readonly<Record<string, string>> {
  const sampling = ["temperature", "top_p", "top_k", "frequency_penalty", "presence_penalty", "seed", "stop"];
  return {
    ...Object.fromEntries(sampling.map((name) => [name, `options.${name}`])),
    reasoning: "think",
    response_format: "format",
  };
}
