import { createMockHandler } from "../../lib/providers/mock.ts";
import type { JsonObject, JsonValue } from "../../lib/wire/canonical.ts";
import { isObject } from "../../lib/wire/shape.ts";

/** What a provider takes of a chat request; what is not named it refuses, as it truly does. */
interface Strictness {
  /** Fields of a request: all that are taken, or those that are not. */
  readonly takes?: readonly string[];
  readonly refuses?: readonly string[];
  readonly messagesTake?: readonly string[];
  readonly messagesRefuse?: readonly string[];
  readonly roles?: readonly string[];
  /** What ids of tool calls have to be. */
  readonly toolCallId?: RegExp;
  /** What the last chunk of every stream has, asked for or not, made of the usage. */
  readonly lastChunk?: (usage: JsonValue) => JsonObject;
}

const ROLES = ["system", "user", "assistant", "tool"];

/** By the providers' documentation and error messages; the catalogue's rows name the sources. */
const STRICT: Readonly<Record<string, Strictness>> = {
  mistral: {
    takes: [
      ...["model", "messages", "stream", "temperature", "top_p", "max_tokens", "stop", "random_seed", "n"],
      ...["response_format", "tools", "tool_choice", "parallel_tool_calls", "presence_penalty", "metadata"],
      ...["frequency_penalty", "prediction", "prompt_mode", "safe_prompt", "prompt_cache_key"],
      ...["reasoning_effort", "document_image_limit", "document_page_limit"],
    ],
    messagesTake: ["role", "content", "tool_calls", "prefix", "tool_call_id", "name"],
    roles: ROLES,
    toolCallId: /^[A-Za-z0-9]{9}$/,
    lastChunk: (usage) => ({ usage }),
  },
  groq: {
    refuses: ["logprobs", "top_logprobs", "logit_bias"],
    messagesRefuse: ["name", "reasoning_content", "thinking_blocks"],
    lastChunk: (usage) => ({ usage, x_groq: { id: "req_1", usage } }),
  },
  deepseek: { roles: ROLES },
  xai: { refuses: ["presence_penalty", "frequency_penalty"] },
  openai_compatible: {},
};

/** Types of providers that are played. */
export const STRICT_TYPES = Object.keys(STRICT);

/** The mock as several providers, each below its name: `/mistral/v1/chat/completions`. */
export function strictProviders(): (request: Request) => Promise<Response> {
  const mock = createMockHandler({});
  return async (request) => {
    const url = new URL(request.url);
    const [, type = "", ...rest] = url.pathname.split("/");
    const strict = STRICT[type] ?? {};
    const body: JsonObject = await request.json();
    const refusal = objection(strict, body);
    if (refusal !== null) {
      return Response.json({ error: { message: refusal, type: "invalid_request_error" } }, { status: 422 });
    }
    const { method, headers, signal } = request;
    const { lastChunk } = strict;
    if (lastChunk !== undefined && body["stream"] === true) body["stream_options"] = { include_usage: true };
    const target = new URL(`/${rest.join("/")}`, url);
    const answer = await mock(new Request(target, { method, headers, signal, body: JSON.stringify(body) }));
    if (lastChunk === undefined || body["stream"] !== true || !answer.ok) return answer;
    return new Response(withLastChunk(await answer.text(), lastChunk), { headers: answer.headers });
  };
}

/** Moves the usage from a chunk of its own into the one that ends the choice. */
function withLastChunk(text: string, lastChunk: (usage: JsonValue) => JsonObject): string {
  const chunks = [...text.matchAll(/^data: (\{.*\})$/gm)].map(([, data]): JsonObject =>
    JSON.parse(data ?? "")
  );
  const usage = chunks.findLast((chunk) => isObject(chunk["usage"]))?.["usage"] ?? null;
  const own = chunks.filter(({ choices }) => Array.isArray(choices) && choices.length > 0);
  const last = own.at(-1);
  if (last !== undefined) Object.assign(last, lastChunk(usage));
  return own.map((chunk) => `data: ${JSON.stringify(chunk)}\n\n`).join("") + "data: [DONE]\n\n";
}

/** Why the provider would refuse the request, or null. */
function objection(strict: Strictness, body: JsonObject): string | null {
  for (const name of Object.keys(body)) {
    if (strict.takes?.includes(name) === false || strict.refuses?.includes(name)) {
      return `${name}: not permitted`;
    }
  }
  const messages: JsonValue = body["messages"] ?? [];
  if (!Array.isArray(messages)) return "messages: not a list";
  for (const message of messages) {
    if (!isObject(message)) return "messages: not an object";
    const { role, tool_call_id: id, tool_calls: calls } = message;
    if (strict.roles?.includes(String(role)) === false) return `role ${role}: not permitted`;
    for (const name of Object.keys(message)) {
      if (strict.messagesTake?.includes(name) === false || strict.messagesRefuse?.includes(name)) {
        return `messages.${name}: not permitted`;
      }
    }
    const ids = [id, ...(Array.isArray(calls) ? calls.map((call) => isObject(call) ? call["id"] : "") : [])];
    for (const each of ids) {
      if (typeof each === "string" && strict.toolCallId?.test(each) === false) {
        return `tool call id ${each}: not permitted`;
      }
    }
  }
  return null;
}
