import type { Exchange, StageRun } from "../telemetry/exchange.ts";
import type { JsonObject, JsonValue } from "../wire/canonical.ts";
import { isObject } from "../wire/shape.ts";
import type { InnerCalls } from "./inner_calls.ts";

/** What a model is asked for a stage's own work. */
export interface StructuredQuestion {
  /** Of what it answers with. */
  readonly name: string;
  readonly schema: JsonObject;
  /** What it has to do. */
  readonly task: string;
  /** What it has to look at. */
  readonly text: string;
  readonly maxTokens?: number;
}

/**
 * Asks a model for JSON of a schema, with structured output where it has that.
 * @returns what it said; `undefined` where that is no JSON object.
 * @throws {GatewayError} where the model is not there or does not answer.
 */
export async function structuredAnswer(
  calls: Pick<InnerCalls, "complete">,
  exchange: Exchange,
  run: StageRun<never> | { readonly spanId: string },
  model: string,
  { name, schema, task, text, maxTokens }: StructuredQuestion,
): Promise<JsonObject | undefined> {
  const { choices } = await calls.complete(exchange, run, model, {
    messages: [{ role: "system", content: task }, { role: "user", content: text }],
    temperature: 0,
    ...(maxTokens === undefined ? {} : { max_tokens: maxTokens }),
    response_format: { type: "json_schema", json_schema: { name, schema, strict: true } },
  });
  const choice = Array.isArray(choices) ? choices[0] : undefined;
  const message = isObject(choice) ? choice["message"] : undefined;
  const content = isObject(message) ? message["content"] : undefined;
  try {
    // A model without structured output may put a fence around it.
    const json = JSON.parse(String(content).replace(/^\s*```(?:json)?\s*|\s*```\s*$/g, "")) as JsonValue;
    return isObject(json) ? json : undefined;
  } catch {
    return undefined;
  }
}
