import type { Behaviour } from "./behaviour.ts";
import type { MockPrompt, MockTool } from "./prompt.ts";
import { schemaInstance } from "./schema_instance.ts";
import { tokensOf, wordsOf } from "./text.ts";

export interface MockCall {
  readonly name: string;
  /** JSON text, or free text for a custom tool. */
  readonly arguments: string;
  readonly custom: boolean;
}

/** One choice of an answer, whatever the wire format. */
export interface MockAnswer {
  /** Empty: none. */
  readonly reasoning: string;
  readonly reasoningTokens: number;
  /** The text or refusal in tokens; joined they are the text. */
  readonly tokens: readonly string[];
  readonly refusal: boolean;
  readonly calls: readonly MockCall[];
  readonly finish: "stop" | "length" | "tool_calls" | "content_filter" | "refusal";
  /** The stop sequence that was hit, or null. */
  readonly stopSequence: string | null;
  /** All of it, reasoning included. */
  readonly outputTokens: number;
}

const NO_CALLS: readonly MockCall[] = [];

/** Reasoning tokens that an effort is worth. */
const REASONING_TOKENS: Readonly<Record<string, number>> = {
  minimal: 8,
  low: 16,
  medium: 32,
  high: 64,
  xhigh: 96,
  max: 128,
};

/** The answer to a prompt: a function of its arguments and nothing else. */
export function mockAnswer(prompt: MockPrompt, behaviour: Behaviour, choice: number): MockAnswer {
  const reasoningTokens = prompt.effort === "" ? 0 : REASONING_TOKENS[prompt.effort] ?? 0;
  const reasoning = reasoningTokens === 0
    ? ""
    : `The user said ${quoted(prompt.conversation.userText)}. I will answer it.`;
  const left = prompt.maxTokens - reasoningTokens;
  const base = { reasoning, reasoningTokens, calls: NO_CALLS, refusal: false, stopSequence: null };
  if (left <= 0) {
    return {
      ...base,
      tokens: [],
      finish: "length",
      outputTokens: prompt.maxTokens,
      reasoningTokens: prompt.maxTokens,
    };
  }
  if (behaviour.refusal) {
    const tokens = tokensOf("I cannot help with that.");
    return {
      ...base,
      tokens,
      refusal: true,
      finish: "refusal",
      outputTokens: reasoningTokens + tokens.length,
    };
  }
  const calls = callsOf(prompt);
  if (calls.length > 0) {
    const outputTokens = calls.reduce(
      (sum, call) => sum + 8 + tokensOf(call.arguments).length,
      reasoningTokens,
    );
    return { ...base, tokens: [], calls, finish: "tool_calls", outputTokens };
  }
  const [text, stopSequence] = stopped(textOf(prompt, behaviour, choice), prompt.stop);
  let tokens = behaviour.tokens >= 0 && stopSequence === null ? wordsOf(behaviour.tokens) : tokensOf(text);
  let finish: MockAnswer["finish"] = "stop";
  if (tokens.length > left) {
    tokens = tokens.slice(0, left);
    finish = "length";
  } else if (behaviour.contentFilter) {
    tokens = tokens.slice(0, tokens.length >> 1);
    finish = "content_filter";
  }
  return {
    ...base,
    tokens,
    finish,
    stopSequence: finish === "stop" ? stopSequence : null,
    outputTokens: reasoningTokens + tokens.length,
  };
}

function textOf(prompt: MockPrompt, behaviour: Behaviour, choice: number): string {
  if (behaviour.tokens >= 0) return wordsOf(behaviour.tokens).join("");
  if (prompt.schema === true) return JSON.stringify({ answer: sentence(prompt) });
  if (prompt.schema !== null) return JSON.stringify(schemaInstance(prompt.schema));
  return choice === 0 ? sentence(prompt) : `Version ${choice + 1}: ${sentence(prompt)}`;
}

function sentence(prompt: MockPrompt): string {
  const { toolResults, userText, images } = prompt.conversation;
  if (toolResults.length === 1) return `The tool says ${quoted(toolResults[0] ?? "")}.`;
  if (toolResults.length > 1) return `The tools say ${toolResults.map(quoted).join(" and ")}.`;
  const seen = images === 0 ? "" : ` with ${images === 1 ? "an image" : `${images} images`}`;
  return userText === "" ? `You said nothing${seen}.` : `You said ${quoted(userText)}${seen}.`;
}

/** At most 500 characters of it. */
function quoted(text: string): string {
  return `"${text.length <= 500 ? text : `${text.slice(0, 500).toWellFormed()}…`}"`;
}

/** The text up to the first stop sequence in it. */
function stopped(text: string, sequences: readonly string[]): [text: string, sequence: string | null] {
  let end = text.length;
  let hit: string | null = null;
  for (const sequence of sequences) {
    const at = sequence === "" ? -1 : text.indexOf(sequence);
    if (at < 0 || at >= end) continue;
    end = at;
    hit = sequence;
  }
  return [text.slice(0, end), hit];
}

/** Which tools the model calls: what it is told to, or what the user's text speaks of. */
function callsOf(prompt: MockPrompt): readonly MockCall[] {
  const { tools, toolMode, conversation } = prompt;
  if (tools.length === 0 || toolMode === "none" || conversation.toolResults.length > 0) return NO_CALLS;
  let chosen: readonly MockTool[];
  if (toolMode === "named") {
    chosen = tools.filter((tool) => tool.name === prompt.toolName);
  } else {
    const text = conversation.userText.toLowerCase();
    chosen = tools.filter((tool) => spokenOf(tool.name, text));
    if (chosen.length === 0 && toolMode === "required") chosen = tools.slice(0, 1);
  }
  if (!prompt.parallelTools) chosen = chosen.slice(0, 1);
  return chosen.map((tool) => ({
    name: tool.name,
    arguments: tool.custom ? conversation.userText : JSON.stringify(schemaInstance(tool.parameters)),
    custom: tool.custom,
  }));
}

/** A text names a tool, or one of the longer words in its name (`weather` for `getWeather`, `get_weather`). */
function spokenOf(name: string, text: string): boolean {
  if (text.includes(name.toLowerCase())) return true;
  const words = name.replaceAll(/([a-z])([A-Z])/g, "$1_$2").toLowerCase().split(/[^a-z]+/);
  return words.some((word) => word.length >= 5 && !COMMON.has(word) && text.includes(word));
}

/** Words in many tools' names that say nothing about what they do. */
const COMMON = new Set(["current", "create", "delete", "fetch", "query", "search", "update", "write"]);
