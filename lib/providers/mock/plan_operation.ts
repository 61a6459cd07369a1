import type { JsonObject, JsonValue } from "../../wire/canonical.ts";
import { encodeSse } from "../../wire/sse.ts";
import { parseBehaviour, splitModel } from "./behaviour.ts";
import { openaiChat } from "./openai_chat.ts";
import { openaiError } from "./openai_error.ts";
import type { MockCall } from "./operations/operation.ts";
import { type MockOperationName, OPERATIONS } from "./operations/table.ts";
import {
  failureOf,
  type MockPlan,
  type MockSetting,
  parseBody,
  planEvents,
  planFailure,
  planWhole,
  refusal,
} from "./plan.ts";
import { MockRefusal } from "./prompt.ts";

/** A request for something else than generation, as it comes over the wire. */
export interface OperationAsked {
  readonly method: string;
  readonly subpath: string;
  /** With its `?`, or empty. */
  readonly query: string;
  readonly contentType: string;
  readonly body: Uint8Array<ArrayBuffer>;
}

/** Everything is as OpenAI has it. */
const WIRE = openaiChat;

const ERROR_EVENT = encodeSse(
  JSON.stringify(openaiError({ status: 500, message: "The server had an error.", param: null, code: null })),
);

/**
 * The answer to such a request, like `planAnswer`.
 * @param words the request's `x-mock` header, or null.
 */
export async function planOperation(
  name: MockOperationName,
  asked: OperationAsked,
  words: string | null,
  setting: MockSetting,
): Promise<MockPlan> {
  let behaviour = setting.behaviour;
  try {
    if (words !== null) behaviour = parseBehaviour(words, behaviour);
    const { fields, files } = await contentOf(asked);
    const named = fields["model"];
    const [model, modelWords] = splitModel(typeof named === "string" ? named : "");
    if (modelWords !== "") behaviour = parseBehaviour(modelWords, behaviour);
    const failure = failureOf(behaviour, setting);
    if (failure !== 0) {
      const message = `The mock provider was told to answer ${failure}.`;
      return planFailure(WIRE, { status: failure, message, param: null, code: null }, behaviour, setting);
    }
    return await answered(name, {
      method: asked.method === "HEAD" ? "GET" : asked.method,
      subpath: asked.subpath,
      query: new URLSearchParams(asked.query),
      fields,
      files,
      model,
      behaviour,
      created: Math.floor(setting.clock.wall() / 1000),
      newId: (prefix) => setting.ids.make(prefix),
      shelf: setting.shelf,
    }, setting);
  } catch (error) {
    return planFailure(WIRE, refusal(error), behaviour, setting);
  }
}

async function answered(name: MockOperationName, call: MockCall, setting: MockSetting): Promise<MockPlan> {
  const { behaviour } = call;
  const status = behaviour.status || 200;
  const answer = await OPERATIONS[name](call);
  if ("json" in answer) {
    const json = JSON.stringify(answer.json);
    return planWhole(WIRE, { status, type: "application/json", body: json }, behaviour, setting);
  }
  if ("bytes" in answer) {
    return planWhole(WIRE, { status, type: answer.type, body: answer.bytes }, behaviour, setting);
  }
  return planEvents(WIRE, answer.events, () => ERROR_EVENT, behaviour, setting);
}

async function contentOf(
  asked: OperationAsked,
): Promise<{ fields: JsonObject; files: ReadonlyMap<string, File> }> {
  const { contentType, body } = asked;
  if (body.length === 0) return { fields: {}, files: new Map() };
  if (!contentType.startsWith("multipart/form-data")) return { fields: parseBody(body), files: new Map() };
  let form: FormData;
  try {
    form = await new Response(body, { headers: { "content-type": contentType } }).formData();
  } catch {
    throw new MockRefusal(400, "Could not parse multipart form");
  }
  const fields: Record<string, JsonValue> = {};
  const files = new Map<string, File>();
  for (const [name, value] of form) {
    if (value instanceof File) files.set(name.replace("[]", ""), value);
    else fields[name] = value;
  }
  return { fields, files };
}
