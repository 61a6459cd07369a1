import type { Config } from "../config/config.ts";
import type { Foundation } from "./foundation.ts";
import { Backend } from "../stages/backends/backend.ts";
import type { BreakerState } from "../stages/backends/breaker.ts";

const SAID: Readonly<Record<BreakerState, string>> = {
  open: "is not asked any more for a while",
  half_open: "is asked again, by one request",
  closed: "is asked as before",
};

/** The state of every place that answers. What a configuration has in common with the one before goes on. */
export class Backends {
  readonly #settings: Config["backends"];
  readonly #foundation: Foundation;
  readonly #before: Backends | null;
  /** Whether any model's targets are chosen by what they were used. */
  readonly #countsUsage: boolean;
  readonly #backends = new Map<string, Backend>();
  /** When its breaker changed, Unix milliseconds. */
  readonly #changed = new WeakMap<Backend, number>();

  constructor(config: Config, foundation: Foundation, before: Backends | null) {
    this.#settings = config.backends;
    this.#foundation = foundation;
    this.#countsUsage = config.backends.policy === "least_used" ||
      Object.values(config.models).some(({ policy }) => policy === "least_used");
    const same = before !== null && JSON.stringify(before.#settings) === JSON.stringify(this.#settings);
    this.#before = same ? before : null;
  }

  /** All there are, by a name that is the same in all processes. */
  entries(): Iterable<readonly [string, Backend]> {
    return this.#backends;
  }

  /** @param endpoint host and port. */
  of(provider: string, model: string, endpoint: string): Backend {
    const key = `${provider}/${model}@${endpoint}`;
    let backend = this.#backends.get(key);
    if (backend === undefined) {
      const before = this.#before === null ? undefined : this.#before.#backends.get(key);
      backend = before ?? this.#make(provider, model, endpoint);
      backend.countsUsage = this.#countsUsage;
      this.#backends.set(key, backend);
    }
    return backend;
  }

  /** When its breaker changed last, Unix milliseconds; null: it never did. */
  changedAt(backend: Backend): number | null {
    return this.#changed.get(backend) ?? this.#before?.changedAt(backend) ?? null;
  }

  #make(provider: string, model: string, endpoint: string): Backend {
    const { clock, random, telemetry } = this.#foundation;
    const { failures, base_delay: baseDelay, max_delay: maxDelay } = this.#settings.breaker;
    const backend = new Backend(provider, model, endpoint, {
      clock,
      random,
      breaker: { failures, baseDelay, maxDelay },
      maxRest: this.#settings.max_rest,
      changed: (backend, state) => {
        const { name } = backend;
        this.#changed.set(backend, clock.wall());
        const line = `${name} ${SAID[state]}`;
        const fields = { event: `breaker.${state}`, provider, model, endpoint };
        if (state === "open") telemetry.logger.warn(line, fields);
        else telemetry.logger.info(line, fields);
      },
    });
    telemetry.registry.read("gateway_backend_health", [provider, model, endpoint], () => backend.health);
    return backend;
  }
}
