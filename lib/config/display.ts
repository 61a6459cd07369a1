import type { Origin } from "./layers.ts";
import type { Node } from "./node.ts";
import { isMapping } from "./path.ts";

const MASK = "***";
const LONGEST = 60;

/** A value as a person may see it: masked where it is a secret or came from one, its kind where it is a structure. */
export function displayValue(value: unknown, node: Node | null, origin: Origin): string {
  if (Array.isArray(value)) return "a list";
  if (isMapping(value)) return "a mapping";
  if (value === null) return "null";
  if (node?.type === "value" && node.kind.secret === true) return MASK;
  if (origin.from === "file" && origin.secret) return MASK;
  if (typeof value !== "string") return String(value);
  const text = withoutCredentials(value);
  return JSON.stringify(text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text);
}

/** `http://user:password@host` without what comes before the `@`. */
export function withoutCredentials(text: string): string {
  return text.replace(/\/\/[^/@\s]*@/, `//${MASK}@`);
}
