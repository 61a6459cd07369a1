/**
 * What stands for whom within one request: the same value has the same placeholder, and no placeholder is one that
 * the client wrote itself.
 */
export class Placeholders {
  readonly #byValue = new Map<string, string>();
  readonly #values = new Map<string, string>();
  readonly #counts = new Map<string, number>();
  readonly #taken: (placeholder: string) => boolean;

  /** @param taken whether a placeholder stands in the client's own text. */
  constructor(taken: (placeholder: string) => boolean) {
    this.#taken = taken;
  }

  get size(): number {
    return this.#values.size;
  }

  /** `<EMAIL_1>` for the first e-mail address of a request. @param type letters, digits and `_` are kept of it. */
  of(type: string, value: string): string {
    const key = `${type}\n${value}`;
    const known = this.#byValue.get(key);
    if (known !== undefined) return known;
    const name = type.toUpperCase().replaceAll(/[^A-Z0-9_]/g, "_").slice(0, 40);
    let placeholder;
    do {
      const count = (this.#counts.get(name) ?? 0) + 1;
      this.#counts.set(name, count);
      placeholder = `<${name}_${count}>`;
    } while (this.#taken(placeholder));
    this.#byValue.set(key, placeholder);
    this.#values.set(placeholder, value);
    return placeholder;
  }

  /** What a placeholder stands for; null: it is none of this request's. */
  valueOf(placeholder: string): string | null {
    return this.#values.get(placeholder) ?? null;
  }
}
