import type { Dialect } from "./dialects/dialect.ts";
import { litellm } from "./dialects/litellm/litellm.ts";
import { semanticRouter } from "./dialects/semantic_router/semantic_router.ts";

/** Every dialect; the first that recognises a file reads it. Where none does, it is the gateway's own. */
export const DIALECTS: readonly Dialect[] = [litellm, semanticRouter];
