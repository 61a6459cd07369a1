import type { ClientFormat, JsonObject, JsonValue } from "../../../lib/wire/canonical.ts";
import { type Feature, saying, writtenOnly } from "../feature.ts";

const GROUP = "Tools";
const SCHEMA = { type: "object", properties: { city: { type: "string" } }, required: ["city"] };
const GOOGLE_SCHEMA = { type: "OBJECT", properties: { city: { type: "STRING" } }, required: ["city"] };
const DESCRIBED = { name: "weather", description: "The weather.", parameters: SCHEMA };

function chatTool(more: JsonObject = {}): JsonObject {
  return { type: "function", function: { ...DESCRIBED, ...more } };
}

const RESPONSES_TOOL = { type: "function", ...DESCRIBED };
const ANTHROPIC_TOOL = { name: "weather", description: "The weather.", input_schema: SCHEMA };
const BEDROCK_TOOL = {
  toolSpec: { name: "weather", description: "The weather.", inputSchema: { json: SCHEMA } },
};

const TOOLS_OF: Partial<Record<ClientFormat, JsonObject>> = {
  openai_chat: { tools: [chatTool()] },
  openai_responses: { tools: [RESPONSES_TOOL] },
  anthropic_messages: { tools: [ANTHROPIC_TOOL] },
  google_generate_content: {
    tools: [{
      functionDeclarations: [{ name: "weather", description: "The weather.", parameters: GOOGLE_SCHEMA }],
    }],
  },
  google_interactions: { tools: [RESPONSES_TOOL] },
  bedrock_converse: { toolConfig: { tools: [BEDROCK_TOOL] } },
  cohere_chat: { tools: [chatTool()] },
  ollama_chat: { tools: [chatTool()] },
};

/** The tool, and another field beside it. */
function withTool(format: ClientFormat, more: JsonObject): JsonObject {
  const tool = TOOLS_OF[format] ?? {};
  if (format === "bedrock_converse") return { toolConfig: { ...(tool.toolConfig as JsonObject), ...more } };
  return { ...tool, ...more };
}

function googleMode(mode: string, names?: string[]): JsonObject {
  const config: JsonObject = { mode };
  if (names !== undefined) config.allowedFunctionNames = names;
  return withTool("google_generate_content", { toolConfig: { functionCallingConfig: config } });
}

function interactionChoice(tool_choice: JsonValue): JsonObject {
  return withTool("google_interactions", { generation_config: { tool_choice } });
}

function choice(openai: JsonValue, responses: JsonValue, anthropic: JsonObject) {
  return {
    openai_chat: withTool("openai_chat", { tool_choice: openai }),
    openai_responses: withTool("openai_responses", { tool_choice: responses }),
    anthropic_messages: withTool("anthropic_messages", { tool_choice: anthropic }),
  };
}

const ARGS = { city: "Paris" };
const ARGUMENTS = '{"city":"Paris"}';
const CHAT_CALL = { id: "call_1", type: "function", function: { name: "weather", arguments: ARGUMENTS } };

function chatHistory(result: JsonObject): JsonObject {
  return {
    messages: [
      { role: "user", content: "Hi" },
      { role: "assistant", tool_calls: [CHAT_CALL] },
      { role: "tool", tool_call_id: "call_1", ...result },
    ],
  };
}

function responsesHistory(output: JsonValue): JsonObject {
  return {
    input: [
      { role: "user", content: "Hi" },
      { type: "function_call", call_id: "call_1", name: "weather", arguments: ARGUMENTS },
      { type: "function_call_output", call_id: "call_1", output },
    ],
  };
}

function anthropicHistory(result: JsonObject): JsonObject {
  return {
    messages: [
      { role: "user", content: "Hi" },
      { role: "assistant", content: [{ type: "tool_use", id: "call_1", name: "weather", input: ARGS }] },
      { role: "user", content: [{ type: "tool_result", tool_use_id: "call_1", ...result }] },
    ],
  };
}

function googleHistory(response: JsonObject, ...more: JsonObject[]): JsonObject {
  return {
    contents: [
      { role: "user", parts: [{ text: "Hi" }] },
      { role: "model", parts: [{ functionCall: { id: "call_1", name: "weather", args: ARGS } }] },
      { role: "user", parts: [{ functionResponse: { id: "call_1", name: "weather", response } }, ...more] },
    ],
  };
}

function interactionHistory(result: JsonObject): JsonObject {
  return {
    input: [
      { type: "user_input", content: [{ type: "text", text: "Hi" }] },
      { type: "function_call", id: "call_1", name: "weather", arguments: ARGS },
      { type: "function_result", call_id: "call_1", name: "weather", ...result },
    ],
  };
}

function bedrockHistory(result: JsonObject): JsonObject {
  return {
    messages: [
      { role: "user", content: [{ text: "Hi" }] },
      { role: "assistant", content: [{ toolUse: { toolUseId: "call_1", name: "weather", input: ARGS } }] },
      { role: "user", content: [{ toolResult: { toolUseId: "call_1", ...result } }] },
    ],
  };
}

function ollamaHistory(content: string, more: JsonObject = {}): JsonObject {
  return {
    messages: [
      { role: "user", content: "Hi" },
      {
        role: "assistant",
        content: "",
        tool_calls: [{ id: "call_1", function: { name: "weather", arguments: ARGS } }],
      },
      { role: "tool", tool_name: "weather", tool_call_id: "call_1", content, ...more },
    ],
  };
}

const PNG = "iVBORw0KGgo=";
const CUSTOM_AS_FUNCTION = { type: "object", properties: { input: { type: "string" } }, required: ["input"] };
const CUSTOM = { name: "sql", description: "Runs SQL." };
const GRAMMAR = { syntax: "regex", definition: "[a-z]+" };

/** A free-text tool, for formats that have none a function of one text. */
function customAsFunction(): Partial<Record<ClientFormat, ReturnType<typeof writtenOnly>>> {
  return {
    anthropic_messages: writtenOnly({ tools: [{ name: "sql", input_schema: CUSTOM_AS_FUNCTION }] }),
    google_generate_content: writtenOnly({ tools: [{ functionDeclarations: [{ name: "sql" }] }] }),
    google_interactions: writtenOnly({
      tools: [{ type: "function", name: "sql", parameters: CUSTOM_AS_FUNCTION }],
    }),
    bedrock_converse: writtenOnly({
      toolConfig: { tools: [{ toolSpec: { name: "sql", inputSchema: { json: CUSTOM_AS_FUNCTION } } }] },
    }),
    cohere_chat: writtenOnly({
      tools: [{ type: "function", function: { name: "sql", parameters: CUSTOM_AS_FUNCTION } }],
    }),
    ollama_chat: writtenOnly({
      tools: [{ type: "function", function: { name: "sql", parameters: CUSTOM_AS_FUNCTION } }],
    }),
  };
}

export const TOOLS: readonly Feature[] = [
  { name: "tools", group: GROUP, formats: TOOLS_OF },
  {
    name: "strict tools",
    group: GROUP,
    formats: {
      openai_chat: { tools: [chatTool({ strict: true })] },
      openai_responses: { tools: [{ ...RESPONSES_TOOL, strict: true }] },
      anthropic_messages: { tools: [{ ...ANTHROPIC_TOOL, strict: true }] },
      bedrock_converse: {
        toolConfig: { tools: [{ toolSpec: { ...BEDROCK_TOOL.toolSpec, strict: true } }] },
      },
      cohere_chat: { tools: [chatTool()], strict_tools: true },
    },
  },
  {
    name: "choice: auto",
    group: GROUP,
    formats: {
      ...choice("auto", "auto", { type: "auto" }),
      google_generate_content: googleMode("AUTO"),
      google_interactions: interactionChoice("auto"),
      bedrock_converse: withTool("bedrock_converse", { toolChoice: { auto: {} } }),
      cohere_chat: writtenOnly(withTool("cohere_chat", {})),
      ollama_chat: writtenOnly(withTool("ollama_chat", {})),
    },
  },
  {
    name: "choice: none",
    group: GROUP,
    formats: {
      ...choice("none", "none", { type: "none" }),
      google_generate_content: googleMode("NONE"),
      google_interactions: interactionChoice("none"),
      // Without tools there is nothing to choose.
      bedrock_converse: writtenOnly({ messages: [{ role: "user" }] }),
      cohere_chat: withTool("cohere_chat", { tool_choice: "NONE" }),
      ollama_chat: writtenOnly({ messages: [{ role: "user" }] }),
    },
  },
  {
    name: "choice: any tool",
    group: GROUP,
    formats: {
      ...choice("required", "required", { type: "any" }),
      google_generate_content: googleMode("ANY"),
      google_interactions: interactionChoice("any"),
      bedrock_converse: withTool("bedrock_converse", { toolChoice: { any: {} } }),
      cohere_chat: withTool("cohere_chat", { tool_choice: "REQUIRED" }),
    },
  },
  {
    name: "choice: one tool",
    group: GROUP,
    formats: {
      ...choice(
        { type: "function", function: { name: "weather" } },
        { type: "function", name: "weather" },
        { type: "tool", name: "weather" },
      ),
      google_generate_content: googleMode("ANY", ["weather"]),
      google_interactions: interactionChoice({ allowed_tools: { mode: "any", tools: ["weather"] } }),
      bedrock_converse: withTool("bedrock_converse", { toolChoice: { tool: { name: "weather" } } }),
      // It has only the one.
      cohere_chat: writtenOnly(withTool("cohere_chat", { tool_choice: "REQUIRED" })),
    },
  },
  {
    name: "choice: some of the tools",
    group: GROUP,
    formats: {
      openai_chat: {
        tools: [chatTool(), chatTool({ name: "time" })],
        tool_choice: {
          type: "allowed_tools",
          allowed_tools: { mode: "required", tools: [{ type: "function", function: { name: "weather" } }] },
        },
      },
      openai_responses: {
        tools: [RESPONSES_TOOL, { ...RESPONSES_TOOL, name: "time" }],
        tool_choice: {
          type: "allowed_tools",
          mode: "required",
          tools: [{ type: "function", name: "weather" }],
        },
      },
      google_generate_content: {
        tools: [{ functionDeclarations: ["weather", "time", "news"].map((name) => ({ name })) }],
        toolConfig: { functionCallingConfig: { mode: "ANY", allowedFunctionNames: ["weather", "time"] } },
      },
      google_interactions: {
        tools: ["weather", "time", "news"].map((name) => ({ type: "function", name })),
        generation_config: {
          tool_choice: { allowed_tools: { mode: "any", tools: ["weather", "time"] } },
        },
      },
    },
  },
  {
    name: "one call at a time",
    group: GROUP,
    formats: {
      openai_chat: { tools: [chatTool(), chatTool({ name: "time" })], parallel_tool_calls: false },
      openai_responses: {
        tools: [RESPONSES_TOOL, { ...RESPONSES_TOOL, name: "time" }],
        parallel_tool_calls: false,
      },
      anthropic_messages: {
        tools: [ANTHROPIC_TOOL, { ...ANTHROPIC_TOOL, name: "time" }],
        tool_choice: { type: "auto", disable_parallel_tool_use: true },
      },
    },
  },
  {
    name: "calls and results",
    group: GROUP,
    formats: {
      openai_chat: chatHistory({ content: "Sun" }),
      openai_responses: responsesHistory("Sun"),
      anthropic_messages: anthropicHistory({ content: "Sun" }),
      google_generate_content: saying(
        googleHistory({ output: "Sun" }),
        googleHistory({ result: "Sun" }),
        googleHistory({}),
      ),
      google_interactions: interactionHistory({ result: "Sun" }),
      bedrock_converse: bedrockHistory({ content: [{ text: "Sun" }] }),
      cohere_chat: saying(chatHistory({ content: "Sun" })),
      ollama_chat: ollamaHistory("Sun"),
    },
  },
  {
    name: "a result that is an error",
    group: GROUP,
    formats: {
      openai_chat: writtenOnly(chatHistory({ content: "Error: Rain" })),
      openai_responses: writtenOnly(responsesHistory("Error: Rain")),
      anthropic_messages: anthropicHistory({ content: "Rain", is_error: true }),
      google_generate_content: googleHistory({ error: "Rain" }),
      google_interactions: interactionHistory({ result: "Rain", is_error: true }),
      bedrock_converse: bedrockHistory({ content: [{ text: "Rain" }], status: "error" }),
      cohere_chat: writtenOnly(chatHistory({ content: "Error: Rain" })),
      ollama_chat: writtenOnly(ollamaHistory("Error: Rain")),
    },
  },
  {
    name: "a result with an image",
    group: GROUP,
    formats: {
      openai_chat: writtenOnly({
        messages: [{ role: "tool" }, {
          role: "user",
          content: [{ type: "image_url", image_url: { url: `data:image/png;base64,${PNG}` } }],
        }],
      }),
      openai_responses: responsesHistory([{
        type: "input_image",
        image_url: `data:image/png;base64,${PNG}`,
      }]),
      anthropic_messages: anthropicHistory({
        content: [{ type: "image", source: { type: "base64", media_type: "image/png", data: PNG } }],
      }),
      google_generate_content: writtenOnly(
        googleHistory({}, { inlineData: { mimeType: "image/png", data: PNG } }),
      ),
      google_interactions: interactionHistory({
        result: [{ type: "image", data: PNG, mime_type: "image/png" }],
      }),
      bedrock_converse: bedrockHistory({ content: [{ image: { format: "png", source: { bytes: PNG } } }] }),
      ollama_chat: ollamaHistory("", { images: [PNG] }),
    },
  },
  {
    name: "free-text tools",
    group: GROUP,
    formats: {
      openai_chat: { tools: [{ type: "custom", custom: CUSTOM }] },
      openai_responses: { tools: [{ type: "custom", ...CUSTOM }] },
      ...customAsFunction(),
    },
  },
  {
    name: "free-text tools with a grammar",
    group: GROUP,
    formats: {
      openai_chat: {
        tools: [{ type: "custom", custom: { ...CUSTOM, format: { type: "grammar", grammar: GRAMMAR } } }],
      },
      openai_responses: { tools: [{ type: "custom", ...CUSTOM, format: { type: "grammar", ...GRAMMAR } }] },
      // The grammar stands in the description.
      ...customAsFunction(),
    },
  },
  {
    name: "functions of the older kind",
    group: GROUP,
    formats: { openai_chat: { functions: [DESCRIBED], function_call: "auto" } },
  },
  {
    name: "web search",
    group: GROUP,
    formats: {
      openai_chat: { web_search_options: { search_context_size: "low" } },
      openai_responses: { tools: [{ type: "web_search" }] },
      anthropic_messages: { tools: [{ type: "web_search_20250305", name: "web_search" }] },
      google_generate_content: { tools: [{ googleSearch: {} }] },
      google_interactions: { tools: [{ type: "google_search" }] },
    },
  },
  {
    name: "code execution",
    group: GROUP,
    formats: {
      openai_responses: { tools: [{ type: "code_interpreter", container: { type: "auto" } }] },
      anthropic_messages: { tools: [{ type: "code_execution_20250825", name: "code_execution" }] },
      google_generate_content: { tools: [{ codeExecution: {} }] },
      google_interactions: { tools: [{ type: "code_execution" }] },
    },
  },
  {
    name: "other tools of the provider's",
    group: GROUP,
    formats: {
      openai_responses: { tools: [{ type: "file_search", vector_store_ids: ["vs_1"] }] },
      anthropic_messages: { tools: [{ type: "bash_20250124", name: "bash" }] },
      google_generate_content: { tools: [{ urlContext: {} }] },
      google_interactions: { tools: [{ type: "url_context" }] },
      bedrock_converse: { toolConfig: { tools: [{ systemTool: { name: "nova_grounding" } }] } },
    },
  },
  {
    name: "MCP servers",
    group: GROUP,
    formats: {
      openai_responses: { tools: [{ type: "mcp", server_label: "s", server_url: "https://mcp.example" }] },
      anthropic_messages: { mcp_servers: [{ type: "url", name: "s", url: "https://mcp.example" }] },
      google_interactions: { tools: [{ type: "mcp_server", name: "s", url: "https://mcp.example" }] },
    },
  },
  {
    name: "limit of tool calls",
    group: GROUP,
    formats: { openai_responses: { max_tool_calls: 3 } },
  },
];
