import type { JsonObject, JsonValue } from "../../../wire/canonical.ts";
import { isObject } from "../../../wire/shape.ts";
import { SSE_DONE } from "../../../wire/sse.ts";
import { type MockAnswer, mockAnswer } from "../answer.ts";
import { Conversation, missing, type MockPrompt, MockRefusal, numberOr, strings } from "../prompt.ts";
import { type MockEvent, mockEvent } from "../wire.ts";
import { countTokens, type MockOperation, requiredModel } from "./operation.ts";

interface Choice {
  readonly index: number;
  readonly prompt: string;
  readonly answer: MockAnswer;
}

/** `POST /v1/completions`. */
export const completions: MockOperation = (call) => {
  const { fields } = call;
  const model = requiredModel(call);
  const prompts = promptsOf(fields["prompt"]);
  const n = numberOr(fields["n"], 1);
  const choices = prompts.flatMap((prompt, place) =>
    Array.from({ length: n }, (_, choice): Choice => ({
      index: place * n + choice,
      prompt,
      answer: mockAnswer(promptOf(prompt, fields), call.behaviour, choice),
    }))
  );
  const head = { id: call.newId("cmpl-"), object: "text_completion", created: call.created, model };
  const usage = usageOf(prompts, choices);
  if (fields["stream"] === true) return { events: events(head, choices, usage, fields) };
  return { json: { ...head, choices: choices.map((choice) => whole(choice, fields)), usage } };
};

/** Texts; of token ids the mock has no text, so they are named. */
function promptsOf(prompt: JsonValue | undefined): string[] {
  if (prompt === undefined) throw missing("prompt");
  if (typeof prompt === "string") return [prompt];
  if (Array.isArray(prompt) && prompt.length > 0) {
    if (prompt.every((each) => typeof each === "number")) return [prompt.join(" ")];
    return prompt.map((each) => Array.isArray(each) ? each.join(" ") : String(each));
  }
  throw new MockRefusal(400, "'$.prompt' is invalid.", "prompt");
}

function promptOf(text: string, fields: JsonObject): MockPrompt {
  const conversation = new Conversation();
  conversation.message("user", text);
  return {
    conversation,
    tools: [],
    toolMode: "none",
    toolName: "",
    parallelTools: false,
    maxTokens: numberOr(fields["max_tokens"], 16),
    stop: strings(fields["stop"]),
    schema: null,
    effort: "",
    choices: 1,
    topLogprobs: -1,
  };
}

function whole({ index, prompt, answer }: Choice, fields: JsonObject): JsonObject {
  const echo = fields["echo"] === true ? prompt : "";
  return {
    text: echo + answer.tokens.join(""),
    index,
    logprobs: logprobsOf(answer.tokens, fields["logprobs"], echo.length),
    finish_reason: finishOf(answer),
  };
}

function* events(
  head: JsonObject,
  choices: readonly Choice[],
  usage: JsonObject,
  fields: JsonObject,
): Iterable<MockEvent> {
  const options = fields["stream_options"];
  const includeUsage = isObject(options) && options["include_usage"] === true;
  const chunk = (choice: JsonObject) => {
    return mockEvent("content", { ...head, choices: [choice], ...(includeUsage ? { usage: null } : {}) });
  };
  for (const { index, prompt, answer } of choices) {
    if (fields["echo"] === true) yield chunk({ text: prompt, index, logprobs: null, finish_reason: null });
    let offset = 0;
    for (const token of answer.tokens) {
      const logprobs = logprobsOf([token], fields["logprobs"], offset);
      yield chunk({ text: token, index, logprobs, finish_reason: null });
      offset += token.length;
    }
    yield chunk({ text: "", index, logprobs: null, finish_reason: finishOf(answer) });
  }
  if (includeUsage) yield mockEvent("closing", { ...head, choices: [], usage });
  yield { kind: "terminal", text: SSE_DONE };
}

function logprobsOf(
  tokens: readonly string[],
  asked: JsonValue | undefined,
  offset: number,
): JsonObject | null {
  if (typeof asked !== "number") return null;
  let at = offset;
  return {
    tokens: [...tokens],
    token_logprobs: tokens.map(() => -0.125),
    top_logprobs: tokens.map((token) => ({ [token]: -0.125 })),
    text_offset: tokens.map((token) => (at += token.length) - token.length),
  };
}

function finishOf(answer: MockAnswer): string {
  return answer.finish === "length" || answer.finish === "content_filter" ? answer.finish : "stop";
}

function usageOf(prompts: readonly string[], choices: readonly Choice[]): JsonObject {
  const input = prompts.reduce((sum, prompt) => sum + countTokens(prompt), 0);
  const output = choices.reduce((sum, { answer }) => sum + answer.tokens.length, 0);
  return { prompt_tokens: input, completion_tokens: output, total_tokens: input + output };
}
