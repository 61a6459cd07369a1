import type { JsonObject } from "../../../wire/canonical.ts";
import { countTokens, type MockOperation, requiredModel } from "./operation.ts";

/** `POST /v1/messages/count_tokens`, as Anthropic has it. */
export const countMessages: MockOperation = (call) => {
  requiredModel(call);
  const { messages = [], system = "", tools = [] } = call.fields;
  return { json: { input_tokens: tokensOf({ messages, system, tools }) } };
};

/** `POST /v1/responses/input_tokens`, as OpenAI has it. */
export const countInput: MockOperation = (call) => {
  requiredModel(call);
  const { input = "", instructions = "", tools = [] } = call.fields;
  return {
    json: { object: "response.input_tokens", input_tokens: tokensOf({ input, instructions, tools }) },
  };
};

function tokensOf(counted: JsonObject): number {
  return countTokens(JSON.stringify(counted));
}
