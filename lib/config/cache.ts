import type { Report } from "./check.ts";
import type { FileConfig } from "./schema.ts";

/** The embeddings that need no model. */
export const BUILT_IN_EMBEDDING = "ngram";

/** @param written names of the file's models, those that have a fault of their own among them. */
export function checkCache(
  { cache, models: valid }: Pick<FileConfig, "cache" | "models">,
  written: readonly string[],
  report: Report,
): void {
  const models = new Set([...written, ...Object.values(valid).flatMap(({ aliases }) => aliases)]);
  cache.models.forEach((name, index) => {
    if (!models.has(name)) {
      report.add(["cache", "models", index], `names no model of the configuration: "${name}"`);
    }
  });
  const { semantic } = cache;
  if (semantic !== null && semantic.embedding !== BUILT_IN_EMBEDDING && !models.has(semantic.embedding)) {
    report.add(
      ["cache", "semantic", "embedding"],
      `is neither "${BUILT_IN_EMBEDDING}" nor a model of the configuration: "${semantic.embedding}"`,
    );
  }
}
