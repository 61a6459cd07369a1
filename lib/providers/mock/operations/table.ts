import type { OperationName } from "../../provider.ts";
import { audio } from "./audio.ts";
import { batches } from "./batches.ts";
import { completions } from "./completions.ts";
import { countInput, countMessages } from "./count_tokens.ts";
import { embeddings } from "./embeddings.ts";
import { files } from "./files.ts";
import { images } from "./images.ts";
import { moderations } from "./moderations.ts";
import type { MockOperation } from "./operation.ts";
import { rerank } from "./rerank.ts";
import { vectorStores } from "./vector_stores.ts";

/** What the mock does besides generation; the paths are those of OpenAI. */
export const OPERATIONS = {
  embeddings,
  completions,
  moderations,
  rerank,
  audio,
  images,
  files,
  batches,
  vector_stores: vectorStores,
  count_tokens: countMessages,
  input_tokens: countInput,
} as const satisfies Readonly<Partial<Record<OperationName, MockOperation>>>;

export type MockOperationName = keyof typeof OPERATIONS;

export function isMockOperation(name: string): name is MockOperationName {
  return Object.hasOwn(OPERATIONS, name);
}
