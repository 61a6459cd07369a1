import type { OperationName, Operations } from "../provider.ts";

/** Where OpenAI has its operations, and most of who offer them too. */
export const OPENAI_OPERATIONS = {
  embeddings: { path: "/embeddings" },
  completions: { path: "/completions" },
  rerank: { path: "/rerank" },
  moderations: { path: "/moderations" },
  audio: { path: "/audio" },
  images: { path: "/images" },
  files: { path: "/files" },
  batches: { path: "/batches" },
  vector_stores: { path: "/vector_stores" },
  count_tokens: { path: "/messages/count_tokens" },
  input_tokens: { path: "/responses/input_tokens" },
} as const satisfies Operations;

/** Some of them. */
export function offering(...names: readonly OperationName[]): Operations {
  return Object.fromEntries(names.map((name) => [name, OPENAI_OPERATIONS[name]]));
}
