import { assertEquals, assertThrows } from "@std/assert";
import { GatewayError } from "../../../lib/errors.ts";
import type { ChatRequest, JsonObject, Message } from "../../../lib/wire/canonical.ts";
import { anthropicMessages } from "../../../lib/wire/anthropic_messages.ts";
import { googleGenerateContent as codec } from "../../../lib/wire/google_generate_content.ts";
import { openaiChat } from "../../../lib/wire/openai_chat.ts";

const HI: JsonObject[] = [{ role: "user", parts: [{ text: "Hi" }] }];
const USER: Message[] = [{ role: "user", parts: [{ type: "text", text: "Hi" }] }];

function decoded(fields: JsonObject): ChatRequest {
  return codec.decodeRequest({ contents: HI, ...fields });
}

function encoded(fields: Partial<ChatRequest>) {
  return codec.encodeRequest({ model: "gemini-2.5-flash", messages: USER, ...fields });
}

/** A chat request as Gemini gets it. */
function fromChat(fields: JsonObject, model = "gemini-2.5-flash") {
  return codec.encodeRequest({
    ...openaiChat.decodeRequest({ model: "m", messages: [{ role: "user", content: "Hi" }], ...fields }),
    model,
  });
}

Deno.test("every field of generationConfig has its place, on the way in and out", () => {
  const config: JsonObject = {
    temperature: 0.5,
    topP: 0.9,
    topK: 40,
    presencePenalty: 0.1,
    frequencyPenalty: 0.2,
    maxOutputTokens: 100,
    candidateCount: 2,
    seed: 7,
    stopSequences: ["END"],
    responseLogprobs: true,
    logprobs: 3,
    responseModalities: ["TEXT"],
    speechConfig: { voiceConfig: {} },
    mediaResolution: "MEDIA_RESOLUTION_LOW",
    thinkingConfig: { thinkingBudget: 1000, includeThoughts: true },
  };
  const request = decoded({ generationConfig: config });
  assertEquals([request.temperature, request.topP, request.topK, request.n, request.seed], [
    0.5,
    0.9,
    40,
    2,
    7,
  ]);
  assertEquals([request.presencePenalty, request.frequencyPenalty, request.maxOutputTokens], [0.1, 0.2, 100]);
  assertEquals([request.stop, request.logprobs, request.topLogprobs], [["END"], true, 3]);
  assertEquals([request.reasoning?.budgetTokens, request.reasoning?.summary], [1000, "auto"]);
  const { body, dropped } = codec.encodeRequest(request);
  assertEquals<unknown>([body.generationConfig, dropped], [config, []]);
});

Deno.test("snake_case is understood wherever Google takes it, and nowhere else", () => {
  const snake = {
    contents: [
      { role: "user", parts: [{ text: "Hi" }, { inline_data: { mime_type: "image/png", data: "AAAA" } }] },
      { role: "model", parts: [{ function_call: { name: "f", args: { some_key: { inner_key: 1 } } } }] },
      { role: "user", parts: [{ function_response: { name: "f", response: { out_put: 1 } } }] },
    ],
    system_instruction: { parts: [{ text: "Be brief." }] },
    generation_config: {
      max_output_tokens: 5,
      response_mime_type: "application/json",
      response_schema: { type: "OBJECT", properties: { snake_name: { type: "STRING", max_length: "3" } } },
    },
    tools: [{ function_declarations: [{ name: "f", parameters: { type: "OBJECT" } }] }],
    tool_config: { function_calling_config: { mode: "ANY", allowed_function_names: ["f"] } },
    safety_settings: [{ category: "HARM_CATEGORY_HARASSMENT", threshold: "BLOCK_NONE" }],
    cached_content: "cachedContents/1",
  };
  const request = codec.decodeRequest(snake);
  assertEquals([request.messages[0]?.role, request.maxOutputTokens], ["system", 5]);
  assertEquals(request.messages[1]?.parts[1], { type: "image", data: "AAAA", mediaType: "image/png" });
  const call = request.messages[2]?.parts[0];
  assertEquals(call?.type === "tool_call" && call.arguments, '{"some_key":{"inner_key":1}}');
  const result = request.messages[3]?.parts[0];
  assertEquals(result?.type === "tool_result" && result.content, [{ type: "text", text: '{"out_put":1}' }]);
  assertEquals(
    result?.type === "tool_result" && call?.type === "tool_call" && result.callId === call.id,
    true,
  );
  assertEquals(request.responseFormat, {
    type: "json_schema",
    name: "output",
    schema: { type: "object", properties: { snake_name: { type: "string", maxLength: 3 } } },
  });
  assertEquals(request.toolChoice, { type: "tool", name: "f" });
  assertEquals(request.extensions?.fields, {
    safetySettings: [{ category: "HARM_CATEGORY_HARASSMENT", threshold: "BLOCK_NONE" }],
    cachedContent: "cachedContents/1",
  });
});

Deno.test("a request says the same through the model and back", () => {
  const body: JsonObject = {
    contents: [
      {
        role: "user",
        parts: [
          { text: "What is this?" },
          { inlineData: { mimeType: "image/png", data: "AAAA" } },
          { inlineData: { mimeType: "video/mp4", data: "BBBB" }, videoMetadata: { fps: 2 } },
          { inlineData: { mimeType: "audio/wav", data: "CCCC" } },
          { fileData: { fileUri: "gs://bucket/a.pdf", mimeType: "application/pdf" } },
        ],
      },
      {
        role: "model",
        parts: [
          { functionCall: { id: "1", name: "look", args: { at: 1 } }, thoughtSignature: "sig" },
          { functionCall: { id: "2", name: "look", args: {} } },
        ],
      },
      {
        role: "user",
        parts: [
          { functionResponse: { id: "1", name: "look", response: { output: "a cat" } } },
          { functionResponse: { id: "2", name: "look", response: { error: "no light" } } },
        ],
      },
      { role: "model", parts: [{ text: "A cat.", thoughtSignature: "sig2" }] },
      { role: "model", parts: [{ executableCode: { language: "PYTHON", code: "1" } }] },
      { role: "user", parts: [{ text: "Sure?" }] },
    ],
    systemInstruction: { parts: [{ text: "Be brief." }] },
    tools: [
      {
        functionDeclarations: [
          {
            name: "look",
            description: "Looks.",
            parameters: { type: "OBJECT", properties: { at: { type: "INTEGER" } } },
          },
          { name: "raw", parametersJsonSchema: { type: "object", properties: { a: { $ref: "#/$defs/x" } } } },
        ],
      },
      { googleSearch: {} },
      { codeExecution: {} },
    ],
    toolConfig: { functionCallingConfig: { mode: "VALIDATED" }, retrievalConfig: { languageCode: "de" } },
    safetySettings: [{ category: "HARM_CATEGORY_HARASSMENT", threshold: "BLOCK_NONE" }],
    cachedContent: "cachedContents/1",
    labels: { team_name: "a" },
    serviceTier: "flex",
  };
  const { body: back, dropped } = codec.encodeRequest({
    ...codec.decodeRequest(body),
    model: "gemini-3-pro",
  });
  const expected = structuredClone(body);
  const contents = expected.contents as { parts: JsonObject[] }[];
  // Neighbours of one role become one content.
  contents[3]?.parts.push(...(contents[4]?.parts ?? []));
  contents.splice(4, 1);
  assertEquals<unknown>(back, expected);
  assertEquals(dropped, []);
});

Deno.test("what is wrong in a request is named by its path", () => {
  const cases: [JsonObject, string][] = [
    [{}, "contents"],
    [{ contents: [] }, "contents"],
    [{ contents: "Hi" }, "contents"],
    [{ contents: [{ role: "assistant", parts: [] }] }, "contents[0].role"],
    [{ contents: [{ parts: [{ text: 5 }] }] }, "contents[0].parts[0].text"],
    [{ contents: [{ parts: [{ inlineData: {} }] }] }, "contents[0].parts[0].inlineData.data"],
    [{ contents: [{ parts: [{ functionCall: {} }] }] }, "contents[0].parts[0].functionCall.name"],
    [{ contents: HI, generationConfig: { temperature: "hot" } }, "generationConfig.temperature"],
    [{ contents: HI, generationConfig: { maxOutputTokens: 1.5 } }, "generationConfig.maxOutputTokens"],
    [{ contents: HI, tools: [{ functionDeclarations: [{}] }] }, "tools[0].functionDeclarations[0].name"],
  ];
  for (const [body, param] of cases) {
    const error = assertThrows(() => codec.decodeRequest(body), GatewayError);
    assertEquals([error.code, error.param, error.status], ["invalid_request", param, 400], param);
  }
});

Deno.test("thinking is asked for as the model's family wants it", () => {
  const cases: [model: string, reasoning: ChatRequest["reasoning"], config: JsonObject | undefined][] = [
    ["gemini-2.5-flash", { effort: "low" }, { includeThoughts: true, thinkingBudget: 1024 }],
    ["gemini-2.5-flash", { effort: "high" }, { includeThoughts: true, thinkingBudget: 24_576 }],
    ["gemini-2.5-flash", { effort: "max" }, { includeThoughts: true, thinkingBudget: 24_576 }],
    ["gemini-2.5-flash", { effort: "none" }, { thinkingBudget: 0 }],
    ["gemini-2.5-flash", { budgetTokens: 0 }, { thinkingBudget: 0 }],
    ["gemini-2.5-flash", { budgetTokens: 2000 }, { includeThoughts: true, thinkingBudget: 2000 }],
    ["gemini-2.5-flash", { adaptive: true }, { includeThoughts: true, thinkingBudget: -1 }],
    ["gemini-2.5-flash-lite", { budgetTokens: 100 }, { includeThoughts: true, thinkingBudget: 512 }],
    ["gemini-2.5-pro", { effort: "none" }, { thinkingBudget: 128 }],
    ["gemini-2.5-pro", { effort: "max" }, { includeThoughts: true, thinkingBudget: 32_768 }],
    ["gemini-3-pro-preview", { effort: "medium" }, { includeThoughts: true, thinkingLevel: "HIGH" }],
    ["gemini-3-pro-preview", { effort: "none" }, { thinkingLevel: "LOW" }],
    ["gemini-3-flash-preview", { effort: "minimal" }, { includeThoughts: true, thinkingLevel: "MINIMAL" }],
    ["gemini-3-flash-preview", { effort: "none" }, { thinkingLevel: "MINIMAL" }],
    ["gemini-3.1-pro-preview", { effort: "medium" }, { includeThoughts: true, thinkingLevel: "MEDIUM" }],
    ["gemini-3.1-pro-preview", { budgetTokens: 20_000 }, { includeThoughts: true, thinkingLevel: "HIGH" }],
    ["gemini-3.1-pro-preview", { effort: "xhigh" }, { includeThoughts: true, thinkingLevel: "HIGH" }],
    ["gemini-3.1-pro-preview", { adaptive: true }, { includeThoughts: true }],
    ["gemini-2.5-flash", undefined, undefined],
    ["gemini-2.5-flash", { summary: "auto" }, undefined],
    ["gemini-2.0-flash", { effort: "none" }, undefined],
  ];
  for (const [model, reasoning, config] of cases) {
    const { body, dropped } = encoded({ model, ...(reasoning !== undefined && { reasoning }) });
    const generation = body.generationConfig as JsonObject | undefined;
    assertEquals<unknown>(generation?.thinkingConfig, config, `${model} ${JSON.stringify(reasoning)}`);
    assertEquals(dropped, []);
  }
  assertEquals(encoded({ model: "gemini-2.0-flash", reasoning: { effort: "low" } }).dropped, ["reasoning"]);
});

Deno.test("a level, a budget and the model's choice are understood", () => {
  const thinking = (config: JsonObject) => {
    const { extensions: _, ...reasoning } =
      decoded({ generationConfig: { thinkingConfig: config } }).reasoning ?? {};
    return reasoning;
  };
  assertEquals(thinking({ thinkingLevel: "LOW" }), { effort: "low" });
  assertEquals(thinking({ thinkingBudget: 0 }), { budgetTokens: 0 });
  assertEquals(thinking({ thinkingBudget: -1, includeThoughts: true }), { adaptive: true, summary: "auto" });
});

Deno.test("which functions may be called", () => {
  const tools = [{ functionDeclarations: [{ name: "a" }, { name: "b" }] }];
  const choice = (calling: JsonObject) => {
    const request = decoded({ tools, toolConfig: { functionCallingConfig: calling } });
    return [request.toolChoice, codec.encodeRequest(request).body.toolConfig];
  };
  const cases: [JsonObject, ChatRequest["toolChoice"]][] = [
    [{ mode: "AUTO" }, { type: "auto" }],
    [{ mode: "NONE" }, { type: "none" }],
    [{ mode: "ANY" }, { type: "required" }],
    [{ mode: "ANY", allowedFunctionNames: ["a"] }, { type: "tool", name: "a" }],
    [{ mode: "ANY", allowedFunctionNames: ["a", "b"] }, { type: "required" }],
    [{ mode: "VALIDATED", allowedFunctionNames: ["a"] }, { type: "auto" }],
  ];
  for (const [calling, expected] of cases) {
    assertEquals<unknown>(choice(calling), [expected, { functionCallingConfig: calling }]);
  }
});

Deno.test("instructions of any place become the system instruction", () => {
  const { body } = fromChat({
    messages: [
      { role: "system", content: "A" },
      { role: "user", content: "Hi" },
      { role: "developer", content: "B" },
      { role: "user", content: "there" },
    ],
  });
  assertEquals<unknown>(body, {
    contents: [{ role: "user", parts: [{ text: "Hi" }, { text: "there" }] }],
    systemInstruction: { parts: [{ text: "A" }, { text: "B" }] },
  });
  const { body: alone } = fromChat({ messages: [{ role: "system", content: "Answer." }] });
  assertEquals<unknown>(alone, { contents: [{ role: "user", parts: [{ text: "Answer." }] }] });
});

Deno.test("results are named by the calls that they answer", () => {
  const messages = [
    { role: "user", content: "?" },
    {
      role: "assistant",
      content: null,
      tool_calls: [
        { id: "c1", type: "function", function: { name: "f", arguments: '{"a":1}' } },
        { id: "c2", type: "function", function: { name: "g", arguments: "" } },
      ],
    },
    { role: "tool", tool_call_id: "c1", content: '{"temperature":21}' },
    { role: "tool", tool_call_id: "c2", content: "plain" },
  ];
  assertEquals<unknown>(fromChat({ messages }).body.contents, [
    { role: "user", parts: [{ text: "?" }] },
    {
      role: "model",
      parts: [
        { functionCall: { id: "c1", name: "f", args: { a: 1 } } },
        { functionCall: { id: "c2", name: "g", args: {} } },
      ],
    },
    {
      role: "user",
      parts: [
        { functionResponse: { id: "c1", name: "f", response: { temperature: 21 } } },
        { functionResponse: { id: "c2", name: "g", response: { output: "plain" } } },
      ],
    },
  ]);
  // Newer models refuse calls that they did not sign; the first of a turn says that it was another's.
  const contents = fromChat({ messages }, "gemini-3-pro-preview").body.contents as { parts: JsonObject[] }[];
  assertEquals(contents[1]?.parts.map((part) => part.thoughtSignature), [
    "skip_thought_signature_validator",
    undefined,
  ]);
});

Deno.test("results of functions stand alone, what the user says next in a content of its own", () => {
  const call = (id: string) => ({ id, type: "function", function: { name: id, arguments: "{}" } });
  const contents = fromChat({
    messages: [
      { role: "assistant", tool_calls: [call("a"), call("b")] },
      { role: "tool", tool_call_id: "a", content: "1" },
      { role: "tool", tool_call_id: "b", content: "2" },
      { role: "user", content: "And?" },
      { role: "user", content: "Well?" },
    ],
  }).body.contents as { role: string; parts: JsonObject[] }[];
  assertEquals(contents.map(({ role, parts }) => [role, parts.map((part) => Object.keys(part)[0])]), [
    ["model", ["functionCall", "functionCall"]],
    ["user", ["functionResponse", "functionResponse"]],
    ["user", ["text", "text"]],
  ]);
});

Deno.test("a function that takes nothing has no schema, one that takes anything keeps its own", () => {
  const parameters = (schema: JsonObject | undefined) => {
    const { body } = encoded({
      tools: [{ type: "function", name: "f", ...(schema && { parameters: schema }) }],
    });
    const [{ functionDeclarations: [declaration] = [] } = {}] = body.tools as {
      functionDeclarations: JsonObject[];
    }[];
    const { name: _, ...rest } = declaration ?? {};
    return rest;
  };
  for (
    const nothing of [undefined, {}, { type: "object" }, {
      type: "object",
      properties: {},
      additionalProperties: false,
    }]
  ) {
    assertEquals(parameters(nothing), {});
  }
  const map = { type: "object", additionalProperties: { type: "string" } };
  assertEquals<unknown>(parameters(map), { parametersJsonSchema: map });
});

Deno.test("images in results go into the response where the model reads them there, else beside it", () => {
  const messages: Message[] = [
    { role: "assistant", parts: [{ type: "tool_call", id: "c", name: "f", arguments: "{}" }] },
    {
      role: "tool",
      parts: [{
        type: "tool_result",
        callId: "c",
        content: [{ type: "text", text: "see" }, { type: "image", data: "AAAA", mediaType: "image/png" }],
      }],
    },
  ];
  const image = { inlineData: { mimeType: "image/png", data: "AAAA" } };
  const result = { id: "c", name: "f", response: { output: "see" } };
  const last = (model: string) =>
    (encoded({ model, messages }).body.contents as { parts: unknown }[]).at(-1)?.parts;
  assertEquals(last("gemini-3-pro"), [{ functionResponse: { ...result, parts: [image] } }]);
  assertEquals(last("gemini-2.5-pro"), [{ functionResponse: result }, image]);
});

Deno.test("media by URL, of every kind", () => {
  const parts = fromChat({
    messages: [{
      role: "user",
      content: [
        { type: "image_url", image_url: { url: "https://a.test/b.png?x=1" } },
        { type: "image_url", image_url: { url: "https://a.test/unknown" } },
        { type: "image_url", image_url: { url: "data:image/webp;base64,AAAA" } },
        { type: "input_audio", input_audio: { data: "BBBB", format: "mp3" } },
        { type: "file", file: { file_data: "data:application/pdf;base64,CCCC", filename: "a.pdf" } },
      ],
    }],
  }).body.contents as { parts: unknown[] }[];
  assertEquals(parts[0]?.parts, [
    { fileData: { fileUri: "https://a.test/b.png?x=1", mimeType: "image/png" } },
    { fileData: { fileUri: "https://a.test/unknown" } },
    { inlineData: { mimeType: "image/webp", data: "AAAA" } },
    { inlineData: { mimeType: "audio/mp3", data: "BBBB" } },
    { inlineData: { mimeType: "application/pdf", data: "CCCC" } },
  ]);
  const file = [{
    role: "user",
    content: [{ type: "file", file: { file_id: "file-1" } }, { type: "text", text: "x" }],
  }];
  assertEquals(fromChat({ messages: file }).dropped, ["messages.content.file.file_id"]);
});

Deno.test("what Gemini cannot be asked for is reported", () => {
  const { dropped, body } = fromChat({
    logit_bias: { "1": 2 },
    user: "u",
    metadata: { a: "b" },
    store: true,
    verbosity: "low",
    prompt_cache_key: "k",
    service_tier: "scale",
    parallel_tool_calls: false,
    tools: ["a", "b"].map((name) => ({ type: "function", function: { name } })),
    web_search_options: { search_context_size: "low" },
    logprobs: true,
    top_logprobs: 2,
    n: 2,
    seed: 1,
    response_format: { type: "json_object" },
  });
  assertEquals(dropped, [
    "parallel_tool_calls",
    "service_tier",
    "logit_bias",
    "verbosity",
    "store",
    "metadata",
    "user",
    "prompt_cache_key",
    "web_search_options",
  ]);
  assertEquals<unknown>(body.generationConfig, {
    candidateCount: 2,
    seed: 1,
    logprobs: 2,
    responseLogprobs: true,
    responseMimeType: "application/json",
  });
});

Deno.test("Google's own is reported by the other formats", () => {
  const request = {
    ...decoded({ safetySettings: [{}], cachedContent: "c", tools: [{ googleSearch: {} }] }),
    model: "m",
  };
  assertEquals(openaiChat.encodeRequest(request).dropped.toSorted(), [
    "cachedContent",
    "safetySettings",
    "tools.googleSearch",
  ]);
  assertEquals(anthropicMessages.encodeRequest(request).dropped.includes("safetySettings"), true);
});
