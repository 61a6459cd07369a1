import { nearest } from "../nearest.ts";
import { BUILT_IN_TYPES } from "../stages/pii/types.ts";
import type { Report } from "./check.ts";
import type { FileConfig } from "./schema.ts";

/** @param written names of the file's models, those that have a fault of their own among them. */
export function checkPii(
  { pii, models: valid }: Pick<FileConfig, "pii" | "models">,
  written: readonly string[],
  report: Report,
): void {
  const models = new Set([...written, ...Object.values(valid).flatMap(({ aliases }) => aliases)]);
  if (pii.model !== null && !models.has(pii.model)) {
    report.add(["pii", "model"], `names no model of the configuration: "${pii.model}"`);
  }
  // What Presidio and a model find has names of their own.
  if (pii.presidio !== null || pii.model !== null) return;
  const known = [...BUILT_IN_TYPES, ...Object.keys(pii.patterns)];
  for (const type of Object.keys(pii.types)) {
    if (known.includes(type)) continue;
    const near = nearest(type, known);
    report.add(
      ["pii", "types", type],
      `is no type that is looked for${near === null ? "" : `; did you mean "${near}"?`}`,
    );
  }
}
