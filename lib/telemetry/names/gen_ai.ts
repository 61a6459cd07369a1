import type { Operation } from "../exchange.ts";

interface OperationNames {
  /** `gen_ai.operation.name`, one of the specification's where it has one. */
  readonly genAi: string;
  /** Whether its answer is a stream of tokens, which has a first one and a pace; null: it is no matter of streams. */
  readonly stream: boolean | null;
}

function row(genAi: string, stream: boolean | null = null): OperationNames {
  return { genAi, stream };
}

/**
 * The operations as telemetry speaks of them.
 * @see https://opentelemetry.io/docs/specs/semconv/registry/attributes/gen-ai/
 */
export const OPERATIONS: Readonly<Record<Operation, OperationNames>> = {
  generate: row("chat", false),
  generate_stream: row("chat", true),
  complete: row("text_completion", false),
  complete_stream: row("text_completion", true),
  embed: row("embeddings"),
  rerank: row("rerank"),
  moderate: row("moderation"),
  audio: row("audio"),
  images: row("image"),
  files: row("files"),
  batches: row("batches"),
  vector_stores: row("vector_stores"),
  count_tokens: row("count_tokens"),
};
