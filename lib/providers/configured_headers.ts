import type { Revealable } from "./credentials/revealable.ts";

/** Headers of the configuration, made anew only when one of their values has changed. */
export class ConfiguredHeaders {
  /** In lower case. */
  readonly names: ReadonlySet<string>;
  readonly #secrets: readonly Revealable[];
  readonly #headers: string[];

  constructor(headers: Readonly<Record<string, Revealable>>) {
    const byName = new Map(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
    this.names = new Set(byName.keys());
    this.#secrets = [...byName.values()];
    this.#headers = [...byName].flatMap(([name, value]) => [name, value.reveal()]);
  }

  get isEmpty(): boolean {
    return this.#secrets.length === 0;
  }

  /** `[name, value, …]`. */
  current(): readonly string[] {
    this.#secrets.forEach((secret, i) => this.#headers[2 * i + 1] = secret.reveal());
    return this.#headers;
  }

  values(): readonly string[] {
    return this.#secrets.map((secret) => secret.reveal());
  }
}
