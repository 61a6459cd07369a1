import { type Feature, saying, writtenOnly } from "../feature.ts";
import { content, setting } from "../plain.ts";

const SAMPLING = "Sampling";
const OUTPUT = "Output";
const SERVICE = "Service";
const SCHEMA = { type: "object", properties: { a: { type: "string" } }, required: ["a"] };
const GOOGLE_SCHEMA = { type: "OBJECT", properties: { a: { type: "STRING" } }, required: ["a"] };

export const SETTINGS: readonly Feature[] = [
  {
    name: "temperature",
    group: SAMPLING,
    formats: setting({
      openai_chat: "temperature",
      openai_responses: "temperature",
      anthropic_messages: "temperature",
      google_generate_content: "generationConfig.temperature",
      google_interactions: "generation_config.temperature",
      bedrock_converse: "inferenceConfig.temperature",
      cohere_chat: "temperature",
      ollama_chat: "options.temperature",
      ollama_generate: "options.temperature",
      completions: "temperature",
    }, 0.5),
  },
  {
    name: "temperature above 1",
    group: SAMPLING,
    formats: setting({
      openai_chat: "temperature",
      openai_responses: "temperature",
      google_generate_content: "generationConfig.temperature",
      google_interactions: "generation_config.temperature",
      ollama_chat: "options.temperature",
      ollama_generate: "options.temperature",
      completions: "temperature",
    }, 1.5),
  },
  {
    name: "top_p",
    group: SAMPLING,
    formats: setting({
      openai_chat: "top_p",
      openai_responses: "top_p",
      anthropic_messages: "top_p",
      google_generate_content: "generationConfig.topP",
      google_interactions: "generation_config.top_p",
      bedrock_converse: "inferenceConfig.topP",
      cohere_chat: "p",
      ollama_chat: "options.top_p",
      ollama_generate: "options.top_p",
      completions: "top_p",
    }, 0.9),
  },
  {
    name: "top_k",
    group: SAMPLING,
    formats: setting({
      anthropic_messages: "top_k",
      google_generate_content: "generationConfig.topK",
      bedrock_converse: "additionalModelRequestFields.top_k",
      cohere_chat: "k",
      ollama_chat: "options.top_k",
      ollama_generate: "options.top_k",
    }, 40),
  },
  ...[
    ["frequency_penalty", "frequencyPenalty"],
    ["presence_penalty", "presencePenalty"],
  ].map(([name = "", camel = ""]): Feature => ({
    name,
    group: SAMPLING,
    formats: setting({
      openai_chat: name,
      google_generate_content: `generationConfig.${camel}`,
      cohere_chat: name,
      ollama_chat: `options.${name}`,
      ollama_generate: `options.${name}`,
      completions: name,
    }, 0.25),
  })),
  {
    name: "other sampling",
    group: SAMPLING,
    formats: {
      ollama_chat: { options: { min_p: 0.1, repeat_penalty: 1.1 } },
      ollama_generate: { options: { min_p: 0.1, repeat_penalty: 1.1 } },
    },
  },
  {
    name: "seed",
    group: SAMPLING,
    formats: setting({
      openai_chat: "seed",
      google_generate_content: "generationConfig.seed",
      google_interactions: "generation_config.seed",
      cohere_chat: "seed",
      ollama_chat: "options.seed",
      ollama_generate: "options.seed",
      completions: "seed",
    }, 7),
  },
  {
    name: "logit_bias",
    group: SAMPLING,
    formats: setting({ openai_chat: "logit_bias", completions: "logit_bias" }, { "50256": -100 }),
  },
  {
    name: "limit of tokens",
    group: OUTPUT,
    formats: {
      openai_chat: saying({ max_completion_tokens: 300 }, { max_tokens: 300 }),
      openai_responses: { max_output_tokens: 300 },
      anthropic_messages: { max_tokens: 300 },
      google_generate_content: { generationConfig: { maxOutputTokens: 300 } },
      google_interactions: { generation_config: { max_output_tokens: 300 } },
      bedrock_converse: { inferenceConfig: { maxTokens: 300 } },
      cohere_chat: { max_tokens: 300 },
      ollama_chat: { options: { num_predict: 300 } },
      ollama_generate: { options: { num_predict: 300 } },
      completions: { max_tokens: 300 },
    },
  },
  {
    name: "stop",
    group: OUTPUT,
    formats: setting({
      openai_chat: "stop",
      anthropic_messages: "stop_sequences",
      google_generate_content: "generationConfig.stopSequences",
      google_interactions: "generation_config.stop_sequences",
      bedrock_converse: "inferenceConfig.stopSequences",
      cohere_chat: "stop_sequences",
      ollama_chat: "options.stop",
      ollama_generate: "options.stop",
      completions: "stop",
    }, ["END"]),
  },
  {
    name: "n",
    group: OUTPUT,
    formats: setting({
      openai_chat: "n",
      google_generate_content: "generationConfig.candidateCount",
      completions: "n",
    }, 2),
  },
  {
    name: "logprobs",
    group: OUTPUT,
    formats: {
      openai_chat: { logprobs: true },
      openai_responses: { include: ["message.output_text.logprobs"] },
      google_generate_content: { generationConfig: { responseLogprobs: true } },
      cohere_chat: { logprobs: true },
      ollama_chat: { logprobs: true },
      ollama_generate: { logprobs: true },
      completions: { logprobs: 0 },
    },
  },
  {
    name: "top_logprobs",
    group: OUTPUT,
    formats: {
      openai_chat: { logprobs: true, top_logprobs: 3 },
      openai_responses: { include: ["message.output_text.logprobs"], top_logprobs: 3 },
      google_generate_content: { generationConfig: { responseLogprobs: true, logprobs: 3 } },
      ollama_chat: { logprobs: true, top_logprobs: 3 },
      ollama_generate: { logprobs: true, top_logprobs: 3 },
      completions: { logprobs: 3 },
    },
  },
  {
    name: "JSON",
    group: OUTPUT,
    formats: {
      openai_chat: { response_format: { type: "json_object" } },
      openai_responses: { text: { format: { type: "json_object" } } },
      google_generate_content: { generationConfig: { responseMimeType: "application/json" } },
      google_interactions: { response_format: { type: "text", mime_type: "application/json" } },
      cohere_chat: { response_format: { type: "json_object" } },
      ollama_chat: { format: "json" },
      ollama_generate: { format: "json" },
    },
  },
  {
    name: "JSON by a schema",
    group: OUTPUT,
    formats: {
      openai_chat: saying(
        {
          response_format: { type: "json_schema", json_schema: { name: "a", schema: SCHEMA, strict: true } },
        },
        { response_format: { type: "json_schema", json_schema: { schema: SCHEMA } } },
      ),
      openai_responses: saying(
        { text: { format: { type: "json_schema", name: "a", schema: SCHEMA, strict: true } } },
        { text: { format: { type: "json_schema", schema: SCHEMA } } },
      ),
      anthropic_messages: { output_config: { format: { type: "json_schema", schema: SCHEMA } } },
      google_generate_content: {
        generationConfig: { responseMimeType: "application/json", responseSchema: GOOGLE_SCHEMA },
      },
      google_interactions: {
        response_format: { type: "text", mime_type: "application/json", schema: SCHEMA },
      },
      bedrock_converse: saying(
        {
          outputConfig: {
            textFormat: {
              type: "json_schema",
              structure: { jsonSchema: { name: "a", schema: JSON.stringify(SCHEMA) } },
            },
          },
        },
        {
          outputConfig: {
            textFormat: {
              type: "json_schema",
              structure: { jsonSchema: { schema: JSON.stringify(SCHEMA) } },
            },
          },
        },
      ),
      cohere_chat: { response_format: { type: "json_object", json_schema: SCHEMA } },
      ollama_chat: { format: SCHEMA },
      ollama_generate: { format: SCHEMA },
    },
  },
  {
    name: "verbosity",
    group: OUTPUT,
    formats: setting({ openai_chat: "verbosity", openai_responses: "text.verbosity" }, "low"),
  },
  {
    name: "end user",
    group: SERVICE,
    formats: setting({
      openai_chat: "user",
      openai_responses: "user",
      anthropic_messages: "metadata.user_id",
      completions: "user",
    }, "u-1"),
  },
  {
    name: "safety identifier",
    group: SERVICE,
    formats: {
      ...setting({ openai_chat: "safety_identifier", openai_responses: "safety_identifier" }, "u-1"),
      anthropic_messages: writtenOnly({ metadata: { user_id: "u-1" } }),
    },
  },
  {
    name: "metadata",
    group: SERVICE,
    formats: setting({
      openai_chat: "metadata",
      openai_responses: "metadata",
      google_interactions: "labels",
      bedrock_converse: "requestMetadata",
    }, { team: "a" }),
  },
  {
    name: "service tier",
    group: SERVICE,
    formats: {
      openai_chat: { service_tier: "priority" },
      openai_responses: { service_tier: "priority" },
      anthropic_messages: writtenOnly({ service_tier: "auto" }),
      google_generate_content: { serviceTier: "priority" },
      google_interactions: { service_tier: "priority" },
      bedrock_converse: { serviceTier: { type: "priority" } },
    },
  },
  {
    name: "store",
    group: SERVICE,
    formats: setting({ openai_chat: "store", openai_responses: "store", google_interactions: "store" }, true),
  },
  {
    name: "mark for a cache",
    group: SERVICE,
    formats: {
      ...content({
        openai_chat: { type: "text", text: "Lorem", cache_control: { type: "ephemeral" } },
        anthropic_messages: { type: "text", text: "Lorem", cache_control: { type: "ephemeral" } },
      }),
      bedrock_converse: {
        messages: [{ role: "user", content: [{ text: "Lorem" }, { cachePoint: { type: "default" } }] }],
      },
    },
  },
  {
    name: "mark for a cache on a tool",
    group: SERVICE,
    formats: {
      openai_chat: {
        tools: [{
          type: "function",
          function: { name: "weather", parameters: SCHEMA },
          cache_control: { type: "ephemeral" },
        }],
      },
      anthropic_messages: {
        tools: [{ name: "weather", input_schema: SCHEMA, cache_control: { type: "ephemeral" } }],
      },
      bedrock_converse: {
        toolConfig: {
          tools: [
            { toolSpec: { name: "weather", inputSchema: { json: SCHEMA } } },
            { cachePoint: { type: "default" } },
          ],
        },
      },
    },
  },
  {
    name: "key of a cache",
    group: SERVICE,
    formats: setting({ openai_chat: "prompt_cache_key", openai_responses: "prompt_cache_key" }, "k-1"),
  },
  {
    name: "cached content",
    group: SERVICE,
    formats: {
      google_generate_content: { cachedContent: "cachedContents/1" },
      google_interactions: { cached_content: "cachedContents/1" },
    },
  },
  {
    name: "safety settings",
    group: SERVICE,
    formats: {
      google_generate_content: {
        safetySettings: [{ category: "HARM_CATEGORY_HARASSMENT", threshold: "BLOCK_NONE" }],
      },
      google_interactions: {
        safety_settings: [{ category: "HARM_CATEGORY_HARASSMENT", threshold: "BLOCK_NONE" }],
      },
      cohere_chat: { safety_mode: "OFF" },
      bedrock_converse: { guardrailConfig: { guardrailIdentifier: "g", guardrailVersion: "1" } },
    },
  },
  {
    name: "cut of a long input",
    group: SERVICE,
    formats: { openai_responses: { truncation: "auto" } },
  },
  {
    name: "edits of a long input",
    group: SERVICE,
    formats: {
      anthropic_messages: { context_management: { edits: [{ type: "clear_tool_uses_20250919" }] } },
      openai_responses: { context_management: [{ type: "compaction", compact_threshold: 1000 }] },
    },
  },
  {
    name: "prompt kept by the provider",
    group: SERVICE,
    formats: { openai_responses: { prompt: { id: "pmpt_1" } } },
  },
  {
    name: "citation options",
    group: SERVICE,
    formats: { cohere_chat: { citation_options: { mode: "FAST" } } },
  },
  {
    name: "size of the context, time in memory",
    group: SERVICE,
    formats: {
      ollama_chat: { options: { num_ctx: 8192 }, keep_alive: "5m" },
      ollama_generate: { options: { num_ctx: 8192 }, keep_alive: "5m" },
    },
  },
  {
    name: "a field that nobody knows",
    group: SERVICE,
    formats: setting({
      openai_chat: "x_new",
      openai_responses: "x_new",
      anthropic_messages: "x_new",
      google_generate_content: "x_new",
      google_interactions: "x_new",
      cohere_chat: "x_new",
      ollama_chat: "x_new",
      ollama_generate: "x_new",
      completions: "x_new",
    }, 1),
  },
];
