import type { Operation } from "../exchange.ts";

/**
 * `gen_ai.operation.name` of each operation, whether streamed or not.
 * @see https://opentelemetry.io/docs/specs/semconv/registry/attributes/gen-ai/
 */
export const GEN_AI_OPERATIONS: Readonly<Record<Operation, string>> = {
  generate: "chat",
  generate_stream: "chat",
  embed: "embeddings",
};
