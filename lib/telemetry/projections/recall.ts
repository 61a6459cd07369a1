import { same } from "./same.ts";

/** What a remembered thing was made of. */
type Part = string | number | boolean;

interface Memory<T> {
  readonly key: string;
  readonly a: Part;
  readonly b: Part;
  readonly c: Part;
  readonly d: Part;
  readonly e: Part;
  readonly made: T;
}

/** More than a gateway has models, paths or programs that call it in a while; what clients make up fills no memory. */
const MAX_KEYS = 256;

/**
 * Remembers what was last made for a key, together with the parts that it was made of besides. One look-up by a text
 * that is there already, and comparing the parts, costs a fraction of joining all of them into a key.
 */
export class Recall<T> {
  readonly #memories = new Map<string, Memory<T>>();
  #last: Memory<T> | undefined = undefined;

  /** What was made of just these. */
  get(key: string, a: Part, b: Part, c: Part = 0, d: Part = 0, e: Part = 0): T | undefined {
    let it = this.#last;
    if (it === undefined || it.key !== key) {
      it = this.#memories.get(key);
      if (it === undefined) return undefined;
      this.#last = it;
    }
    return same(it.a, a) && same(it.b, b) && same(it.c, c) && same(it.d, d) && same(it.e, e)
      ? it.made
      : undefined;
  }

  /** @param key the part that differs most. @returns `made`. */
  set(made: T, key: string, a: Part, b: Part, c: Part = 0, d: Part = 0, e: Part = 0): T {
    if (this.#memories.size >= MAX_KEYS) this.#memories.clear();
    this.#memories.set(key, this.#last = { key, a, b, c, d, e, made });
    return made;
  }
}
