import type { JsonObject, JsonValue } from "../canonical.ts";
import { isObject } from "../shape.ts";

const STEP = /\.([^.[\]]+)|\[(\d+)\]|\['((?:[^'\\]|\\.)*)'\]|\["((?:[^"\\]|\\.)*)"\]/y;
/** Deeper than any request may be. */
const DEEPEST = 64;

/**
 * Arguments of a call that come piece by piece, each with its place (`$.recipe.steps[2]`); pieces of one text follow
 * each other.
 * @see https://cloud.google.com/vertex-ai/generative-ai/docs/reference/rest/v1beta1/Content#PartialArg
 */
export class PartialArguments {
  readonly value: JsonObject = {};
  /** Texts under way, by their places: only these are added to. */
  #open = new Set<string>();

  /** Takes one `partialArgs` entry; what has no place in the arguments so far is ignored. */
  add(piece: JsonObject): void {
    const { jsonPath } = piece;
    const steps = typeof jsonPath === "string" ? stepsOf(jsonPath) : null;
    if (steps === null || steps.length === 0 || typeof jsonPath !== "string") return;
    const value = valueOf(piece);
    if (value === undefined) return;
    const goesOn = this.#open.has(jsonPath);
    if (piece.willContinue === true) this.#open.add(jsonPath);
    else this.#open.delete(jsonPath);
    let at: JsonObject | JsonValue[] = this.value;
    for (const [index, step] of steps.entries()) {
      const next = steps[index + 1];
      const before = read(at, step);
      if (next === undefined) {
        const text = goesOn && typeof before === "string" && typeof value === "string";
        write(at, step, text ? before + value : value);
        return;
      }
      let child: JsonValue | undefined = before;
      if (!isObject(child) && !Array.isArray(child)) {
        child = typeof next === "number" ? [] : {};
        if (!write(at, step, child)) return;
      }
      at = child;
    }
  }
}

function valueOf(piece: JsonObject): JsonValue | undefined {
  if (piece.nullValue !== undefined) return null;
  return piece.stringValue ?? piece.numberValue ?? piece.boolValue;
}

function stepsOf(path: string): (string | number)[] | null {
  if (!path.startsWith("$")) return null;
  const steps: (string | number)[] = [];
  STEP.lastIndex = 1;
  while (STEP.lastIndex < path.length) {
    const match = STEP.exec(path);
    if (match === null || steps.length === DEEPEST) return null;
    const [, name, index, single, double] = match;
    steps.push(index === undefined ? name ?? unescaped(single ?? double ?? "") : Number(index));
  }
  return steps;
}

function unescaped(text: string): string {
  return text.replaceAll(/\\(.)/g, "$1");
}

function read(at: JsonObject | JsonValue[], step: string | number): JsonValue | undefined {
  if (Array.isArray(at)) return typeof step === "number" ? at[step] : undefined;
  return Object.hasOwn(at, step) ? at[step] : undefined;
}

/** @returns whether there was a place: arrays grow by one, or a number could make them as long as it likes. */
function write(at: JsonObject | JsonValue[], step: string | number, value: JsonValue): boolean {
  if (Array.isArray(at)) {
    if (typeof step !== "number" || step > at.length) return false;
    at[step] = value;
    return true;
  }
  // Not an assignment: `__proto__` is a name like any other.
  Object.defineProperty(at, step, { value, writable: true, enumerable: true, configurable: true });
  return true;
}
