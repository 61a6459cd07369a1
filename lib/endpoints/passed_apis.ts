import type { PassedApi } from "./pass_through.ts";

interface PassedRoute extends PassedApi {
  readonly methods: readonly string[];
}

type Family = Pick<PassedApi, "family" | "operation" | "model">;

function api(family: Family, path: string, ...methods: readonly string[]): PassedRoute {
  return { ...family, path, methods };
}

const MODERATIONS: Family = { family: "moderations", operation: "moderate", model: "optional" };
const RERANK: Family = { family: "rerank", operation: "rerank", model: "required" };
const AUDIO: Family = { family: "audio", operation: "audio", model: "required" };
const IMAGES: Family = { family: "images", operation: "images", model: "optional" };
const FILES: Family = { family: "files", operation: "files", model: "none" };
const BATCHES: Family = { family: "batches", operation: "batches", model: "none" };
const VECTOR_STORES: Family = { family: "vector_stores", operation: "vector_stores", model: "none" };

/**
 * The APIs that are passed through, each with its methods.
 * @see https://platform.openai.com/docs/api-reference/files and its neighbours, `/vector-stores` among them
 * @see https://docs.vllm.ai/en/latest/serving/openai_compatible_server.html for `rerank`, which OpenAI has not
 */
export const PASSED_APIS: readonly PassedRoute[] = [
  api(MODERATIONS, "", "POST"),
  api(RERANK, "", "POST"),
  api(AUDIO, "/speech", "POST"),
  api(AUDIO, "/transcriptions", "POST"),
  api(AUDIO, "/translations", "POST"),
  api(IMAGES, "/generations", "POST"),
  api(IMAGES, "/edits", "POST"),
  api(IMAGES, "/variations", "POST"),
  { ...api(FILES, "", "GET", "POST"), creates: true },
  api(FILES, "/{file_id}", "GET", "DELETE"),
  { ...api(FILES, "/{file_id}/content", "GET"), opaque: true },
  { ...api(BATCHES, "", "GET", "POST"), creates: true },
  api(BATCHES, "/{batch_id}", "GET"),
  api(BATCHES, "/{batch_id}/cancel", "POST"),
  { ...api(VECTOR_STORES, "", "GET", "POST"), creates: true },
  api(VECTOR_STORES, "/{vector_store_id}", "GET", "POST", "DELETE"),
  api(VECTOR_STORES, "/{vector_store_id}/search", "POST"),
  { ...api(VECTOR_STORES, "/{vector_store_id}/files", "GET", "POST"), creates: true },
  api(VECTOR_STORES, "/{vector_store_id}/files/{file_id}", "GET", "POST", "DELETE"),
  api(VECTOR_STORES, "/{vector_store_id}/files/{file_id}/content", "GET"),
  { ...api(VECTOR_STORES, "/{vector_store_id}/file_batches", "POST"), creates: true },
  api(VECTOR_STORES, "/{vector_store_id}/file_batches/{batch_id}", "GET"),
  api(VECTOR_STORES, "/{vector_store_id}/file_batches/{batch_id}/files", "GET"),
  api(VECTOR_STORES, "/{vector_store_id}/file_batches/{batch_id}/cancel", "POST"),
];
