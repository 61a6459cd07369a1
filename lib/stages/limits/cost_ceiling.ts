import type { Price } from "../../telemetry/cost/price.ts";
import type { ModelTable, Target } from "../model_table.ts";
import type { ExpectedTokens } from "./expected_tokens.ts";

/** Billionths of a US dollar for one token. */
interface Ceiling {
  readonly input: number;
  readonly output: number;
}

const UNKNOWN: Ceiling = { input: NaN, output: NaN };
/** Dollars for a million tokens are so many billionths for one. */
const NANO_USD_PER_TOKEN = 1_000;
/** Names of wildcard models are anybody's. */
const MAX_REMEMBERED = 1_000;

/** What a request may cost at most, whichever of its model's targets answers. */
export class CostCeiling {
  readonly #models: ModelTable;
  readonly #priceOf: (target: Target) => Price | null;
  readonly #known = new Map<string, Ceiling>();
  #highest: Ceiling | null = null;

  constructor(models: ModelTable, priceOf: (target: Target) => Price | null) {
    this.#models = models;
    this.#priceOf = priceOf;
  }

  /** Billionths of a US dollar; `NaN` where no target has a price. @param model as it was asked for. */
  of(model: string, { input, output }: ExpectedTokens): number {
    const ceiling = this.#ceilingOf(model);
    return Math.ceil(input * ceiling.input + output * ceiling.output);
  }

  #ceilingOf(model: string): Ceiling {
    const known = this.#known.get(model);
    if (known !== undefined) return known;
    const entry = this.#models.get(model);
    const ceiling = entry === undefined
      // The gateway chooses one of them.
      ? this.#highest ??= this.#ceiling([...this.#models.values()].flatMap(({ targets }) => targets))
      : this.#ceiling([...entry.targets, ...entry.fallbacks ?? []]);
    if (this.#known.size < MAX_REMEMBERED) this.#known.set(model, ceiling);
    return ceiling;
  }

  #ceiling(targets: readonly Target[]): Ceiling {
    const prices = targets.flatMap((target) => this.#priceOf(target) ?? []);
    if (prices.length === 0) return UNKNOWN;
    const highest = (kinds: readonly (keyof Price)[]) =>
      Math.max(0, ...prices.flatMap((price) => kinds.map((kind) => price[kind] ?? 0))) * NANO_USD_PER_TOKEN;
    return {
      input: highest(["input", "cache_write", "long_input"]),
      output: highest(["output", "reasoning", "long_output"]),
    };
  }
}
