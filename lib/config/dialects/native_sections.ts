import { nodeOf } from "../node.ts";
import { isMapping, type Path } from "../path.ts";
import { schema } from "../schema.ts";
import type { Draft } from "./draft.ts";

/** The names of the gateway's own sections. */
export function nativeSections(): string[] {
  const root = nodeOf(schema);
  return root.type === "section" ? Object.keys(root.keys) : [];
}

/** Keys of the gateway's own that stand in a file of a dialect, as they are: they beat what was converted. */
export function takeOver(draft: Draft, path: Path, value: unknown): void {
  if (!isMapping(value)) return draft.set(path, value, path);
  for (const [key, item] of Object.entries(value)) takeOver(draft, [...path, key], item);
}
