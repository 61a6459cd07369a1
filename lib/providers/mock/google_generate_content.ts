import type { JsonObject, JsonValue } from "../../wire/canonical.ts";
import { camelCased } from "../../wire/google_generate_content/field_names.ts";
import { isObject } from "../../wire/shape.ts";
import type { MockAnswer } from "./answer.ts";
import { googleError } from "./google_error.ts";
import { Conversation, type MockPrompt, MockRefusal, type MockTool, numberOr, strings } from "./prompt.ts";
import { tokensOf } from "./text.ts";
import { type MockError, type MockEvent, mockEvent, type MockRequest, type MockWire } from "./wire.ts";

/** `POST /v1beta/models/{model}:generateContent` and `:streamGenerateContent` as Google answers them. */
export const googleGenerateContent: MockWire = {
  format: "google_generate_content",
  modelInPath: true,
  idPrefix: "",
  requestIdHeader: "x-request-id",
  read,
  whole,
  stream,
  error: googleError,
  errorEvents: () => mockEvent("content", googleError(OVERLOADED)).text,
};

const OVERLOADED: MockError = {
  status: 503,
  message: "The model is overloaded. Please try again later.",
  param: null,
  code: null,
};

function invalid(message: string): MockRefusal {
  return new MockRefusal(400, message);
}

function read(request: JsonObject): MockPrompt {
  const body = camelCased(request);
  for (const name of ["model", "stream", "messages"]) {
    if (body[name] !== undefined) {
      throw invalid(`Invalid JSON payload received. Unknown name "${name}": Cannot find field.`);
    }
  }
  const { contents } = body;
  if (!Array.isArray(contents) || contents.length === 0) {
    throw invalid("* GenerateContentRequest.contents: contents is not specified");
  }
  const conversation = new Conversation();
  if (isObject(body["systemInstruction"])) hear(conversation, "system", body["systemInstruction"]);
  for (const content of contents) if (isObject(content)) hear(conversation, content["role"], content);
  const config = isObject(body["generationConfig"]) ? body["generationConfig"] : {};
  const toolConfig = isObject(body["toolConfig"]) ? body["toolConfig"]["functionCallingConfig"] : {};
  const calling = isObject(toolConfig) ? toolConfig : {};
  const [allowed] = strings(calling["allowedFunctionNames"]);
  const mode = calling["mode"] === "ANY" ? allowed === undefined ? "required" : "named" : "auto";
  return {
    conversation,
    tools: toolsOf(body["tools"]),
    toolMode: calling["mode"] === "NONE" ? "none" : mode,
    toolName: allowed ?? "",
    parallelTools: true,
    maxTokens: numberOr(config["maxOutputTokens"], Infinity),
    stop: strings(config["stopSequences"]),
    schema: schemaOf(config),
    effort: effortOf(config["thinkingConfig"]),
    choices: numberOr(config["candidateCount"], 1),
    topLogprobs: config["responseLogprobs"] === true ? numberOr(config["logprobs"], 0) : -1,
  };
}

/** The signature that this mock gives a call. */
function signatureOf(name: string): string {
  return btoa(`mock:${encodeURIComponent(name)}`);
}
const NO_SIGNATURE = "skip_thought_signature_validator";

/** A user's content may bring results of functions, with or without more to say. */
function hear(conversation: Conversation, role: JsonValue | undefined, content: JsonObject): void {
  const parts = Array.isArray(content["parts"]) ? content["parts"].filter(isObject) : [];
  if (parts.length === 0) throw invalid("* GenerateContentRequest.contents: parts must not be empty.");
  const results = parts.map((part) => part["functionResponse"]).filter(isObject);
  for (const part of parts) {
    const { functionCall: call, thoughtSignature: signature } = part;
    if (isObject(call) && signature !== undefined && signature !== NO_SIGNATURE) {
      if (signature !== signatureOf(String(call["name"]))) throw invalid("Thought signature is not valid.");
    }
  }
  const shown = parts.map((part) =>
    isObject(part["inlineData"]) || isObject(part["fileData"]) ? { type: "image" } : part
  );
  if (results.length === 0) {
    conversation.message(role === "model" ? "assistant" : String(role ?? "user"), shown);
  }
  for (const result of results) {
    if (typeof result["name"] !== "string") throw invalid("function_response.name: Name cannot be empty.");
    const response = isObject(result["response"]) ? result["response"] : {};
    const { output, error } = response;
    const said = output ?? error ?? response;
    conversation.toolResult(typeof said === "string" ? said : JSON.stringify(said));
  }
}

function toolsOf(tools: JsonValue | undefined): MockTool[] {
  if (!Array.isArray(tools)) return [];
  return tools.filter(isObject).flatMap((tool) => {
    const functions = tool["functionDeclarations"];
    if (!Array.isArray(functions)) return [];
    return functions.filter(isObject).map((each) => ({
      name: String(each["name"]),
      parameters: each["parametersJsonSchema"] ?? jsonSchema(each["parameters"]) ?? { type: "object" },
      custom: false,
    }));
  });
}

/** The keywords of Google's `Schema`; any other is refused as Google does. */
const SCHEMA_FIELDS = new Set([
  ...["type", "format", "title", "description", "nullable", "enum", "items", "properties", "required"],
  ...["minItems", "maxItems", "minLength", "maxLength", "minProperties", "maxProperties", "minimum"],
  ...["maximum", "pattern", "example", "anyOf", "propertyOrdering", "default"],
]);

function jsonSchema(schema: JsonValue | undefined): JsonObject | undefined {
  if (!isObject(schema)) return undefined;
  const made: JsonObject = {};
  for (const [key, value] of Object.entries(schema)) {
    if (!SCHEMA_FIELDS.has(key)) {
      throw invalid(`Invalid JSON payload received. Unknown name "${key}" at 'schema': Cannot find field.`);
    }
    if (key === "type") made[key] = String(value).toLowerCase();
    else if (key === "properties" && isObject(value)) {
      made[key] = Object.fromEntries(
        Object.entries(value).map(([name, each]) => [name, jsonSchema(each) ?? {}]),
      );
    } else if (key === "items") made[key] = jsonSchema(value) ?? {};
    else if (key === "anyOf" && Array.isArray(value)) made[key] = value.map((each) => jsonSchema(each) ?? {});
    else made[key] = value;
  }
  return made;
}

function schemaOf(config: JsonObject): JsonObject | true | null {
  if (isObject(config["responseJsonSchema"])) return config["responseJsonSchema"];
  const schema = jsonSchema(config["responseSchema"]);
  if (schema !== undefined) return schema;
  return config["responseMimeType"] === "application/json" ? true : null;
}

function effortOf(thinking: JsonValue | undefined): string {
  if (!isObject(thinking)) return "";
  const { thinkingLevel: level, thinkingBudget: budget } = thinking;
  if (typeof level === "string") return level.toLowerCase();
  return budget === 0 ? "" : "medium";
}

function whole(request: MockRequest): JsonObject {
  return {
    candidates: request.answers.map((answer, index) => ({
      content: { parts: partsOf(answer), role: "model" },
      finishReason: FINISH_REASONS[answer.finish],
      index,
      ...logprobsOf(answer, request),
    })),
    usageMetadata: usageOf(request, Infinity),
    modelVersion: request.model,
    responseId: request.id,
  };
}

const FINISH_REASONS: Readonly<Record<MockAnswer["finish"], string>> = {
  stop: "STOP",
  length: "MAX_TOKENS",
  tool_calls: "STOP",
  content_filter: "SAFETY",
  refusal: "SAFETY",
};

function partsOf(answer: MockAnswer): JsonObject[] {
  const parts: JsonObject[] = [];
  if (answer.reasoning !== "") parts.push({ text: answer.reasoning, thought: true });
  if (answer.tokens.length > 0 && !answer.refusal) parts.push({ text: answer.tokens.join("") });
  return [...parts, ...callsOf(answer)];
}

/** Calls without ids, as the Gemini API gives them; the first is signed. */
function callsOf(answer: MockAnswer): JsonObject[] {
  return answer.calls.map(({ name, arguments: text }, index) => {
    const part: JsonObject = { functionCall: { name, args: JSON.parse(text) as JsonValue } };
    return index === 0 ? { ...part, thoughtSignature: signatureOf(name) } : part;
  });
}

function logprobsOf(answer: MockAnswer, request: MockRequest): JsonObject {
  if (request.prompt.topLogprobs < 0) return {};
  const chosen = answer.tokens.map((token) => ({ token, logProbability: -0.25 }));
  return {
    logprobsResult: {
      topCandidates: chosen.map((each) => ({ candidates: [each] })),
      chosenCandidates: chosen,
    },
  };
}

/** @param shown tokens that were sent so far. */
function usageOf(request: MockRequest, shown: number): JsonObject {
  const sum = (count: (answer: MockAnswer) => number) =>
    request.answers.reduce((total, answer) => total + count(answer), 0);
  const thoughts = sum((answer) => answer.reasoningTokens);
  const candidates = Math.min(shown, sum((answer) => answer.outputTokens) - thoughts);
  const usage: JsonObject = {
    promptTokenCount: request.inputTokens,
    candidatesTokenCount: candidates,
    totalTokenCount: request.inputTokens + candidates + thoughts,
    promptTokensDetails: [{ modality: "TEXT", tokenCount: request.inputTokens }],
  };
  if (request.cachedTokens > 0) usage["cachedContentTokenCount"] = request.cachedTokens;
  if (thoughts > 0) usage["thoughtsTokenCount"] = thoughts;
  return usage;
}

function stream(request: MockRequest): MockEvent[] {
  const events: MockEvent[] = [];
  let shown = 0;
  const add = (index: number, parts: JsonObject[], more: JsonObject = {}, last = false) => {
    events.push(mockEvent(last ? "terminal" : "content", {
      candidates: [{ content: { parts, role: "model" }, index, ...more }],
      usageMetadata: usageOf(request, last ? Infinity : ++shown),
      modelVersion: request.model,
      responseId: request.id,
    }));
  };
  for (const [index, answer] of request.answers.entries()) {
    for (const text of tokensOf(answer.reasoning)) add(index, [{ text, thought: true }]);
    if (!answer.refusal) { for (const text of answer.tokens) add(index, [{ text }]); }
    for (const call of callsOf(answer)) add(index, [call]);
  }
  for (const [index, answer] of request.answers.entries()) {
    const ends = { finishReason: FINISH_REASONS[answer.finish], ...logprobsOf(answer, request) };
    add(index, [{ text: "" }], ends, true);
  }
  return events;
}
