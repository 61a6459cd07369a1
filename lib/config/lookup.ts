import type { z } from "zod";
import { nearest } from "../nearest.ts";
import { type Node, nodeOf } from "./node.ts";
import { formatPath, type Path } from "./path.ts";
import { schema } from "./schema.ts";

/** What the schema says of a place; null where it knows none. */
export function nodeAt(path: Path): Node | null {
  let at: z.ZodType = schema;
  for (const step of path) {
    const node = nodeOf(at);
    if (node.type === "value") return null;
    const next = node.type === "section" ? ownKey(node.keys, String(step)) : node.of;
    if (next === null) return null;
    at = next;
  }
  return nodeOf(at);
}

function ownKey(keys: Readonly<Record<string, z.ZodType>>, name: string): z.ZodType | null {
  return Object.hasOwn(keys, name) ? keys[name] ?? null : null;
}

/** Continues "unknown key": the nearest key beside it, else where a key of this name exists, else what there is. */
export function keyAdvice(parent: Path, name: string): string {
  const node = nodeAt(parent);
  if (node?.type !== "section") return "";
  const names = Object.keys(node.keys);
  const near = nearest(name, names);
  if (near !== null) return `; did you mean "${near}"?`;
  const elsewhere = placesOf(name);
  if (elsewhere.length === 1) return `; did you mean "${elsewhere[0]}"?`;
  return `; known keys: ${names.join(", ")}`;
}

/** Paths of the keys of a name, those below names of the user's own aside. */
function placesOf(name: string, at: z.ZodType = schema, path: Path = []): string[] {
  const node = nodeOf(at);
  if (node.type !== "section") return [];
  return Object.entries(node.keys).flatMap(([key, child]) => {
    const here = [...path, key];
    return [...(key === name ? [formatPath(here)] : []), ...placesOf(name, child, here)];
  });
}
