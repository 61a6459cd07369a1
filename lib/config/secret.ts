const MASK = "***";

/**
 * A value that must not be seen: whatever prints it, by string conversion, JSON, `Deno.inspect` or Node's
 * inspector, prints `***`. Only {@linkcode Secret.reveal} gives it out, so that each use can be searched for.
 */
export class Secret {
  #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  /** The value itself. Never to be logged, put into an error, or kept outside what needs it. */
  reveal(): string {
    return this.#value;
  }

  /** The file that it comes from has changed. For {@linkcode LiveSecrets} alone. */
  replace(value: string): void {
    this.#value = value;
  }

  /** Whether there is nothing in it. */
  get empty(): boolean {
    return this.#value === "";
  }

  toString(): string {
    return MASK;
  }

  toJSON(): string {
    return MASK;
  }

  [Symbol.for("Deno.customInspect")](): string {
    return MASK;
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return MASK;
  }
}
