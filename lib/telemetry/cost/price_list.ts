import { type Price, PRICE_COLUMNS } from "./price.ts";
import table from "./price_table.json" with { type: "json" };

const SHIPPED: Readonly<Record<string, Readonly<Record<string, readonly (number | null)[]>>>> = table.prices;

/** A provider as it is configured, for its prices. */
export interface PricedProvider {
  readonly name: string;
  /** The type in the catalogue under which its models' shipped prices are found. */
  readonly type: string;
}

/** What each provider asks for its models: configured prices, else those that are shipped. */
export class PriceList {
  readonly #types: ReadonlyMap<string, string>;
  readonly #own: ReadonlyMap<string, Price>;
  /** What was found, so that a request costs two look-ups. Models are those of the configuration. */
  readonly #found = new Map<string, Map<string, Price | null>>();

  /** @param own prices by `PROVIDER/MODEL`, as targets are written. */
  constructor(providers: readonly PricedProvider[], own: ReadonlyMap<string, Price>) {
    this.#types = new Map(providers.map(({ name, type }) => [name, type]));
    this.#own = own;
  }

  /** The price of a model at a provider; null where nobody knows it. */
  find(provider: string, model: string): Price | null {
    let models = this.#found.get(provider);
    if (models === undefined) this.#found.set(provider, models = new Map());
    let price = models.get(model);
    if (price === undefined) {
      price = this.#own.get(`${provider}/${model}`) ?? shippedPrice(this.#types.get(provider) ?? "", model);
      if (models.size < MAX_REMEMBERED) models.set(model, price);
    }
    return price;
  }
}

/** Names of models come from the provider too, which may send any. */
const MAX_REMEMBERED = 1000;

/** The shipped price of a model at providers of a type; null where the table has none. */
export function shippedPrice(type: string, model: string): Price | null {
  const models = Object.hasOwn(SHIPPED, type) ? SHIPPED[type] : undefined;
  const row = models !== undefined && Object.hasOwn(models, model) ? models[model] : undefined;
  if (row === undefined) return null;
  return Object.fromEntries(PRICE_COLUMNS.map((column, i) => [column, row[i] ?? null])) as Price;
}
