import type { Config } from "../config/config.ts";
import { modelsOf } from "../providers/catalog.ts";
import { PriceList } from "../telemetry/cost/price_list.ts";

/** What the configured providers ask for their models. */
export function buildPrices(config: Config): PriceList {
  const providers = Object.entries(config.providers).map(([name, { type }]) => ({
    name,
    type: modelsOf(type),
  }));
  return new PriceList(providers, new Map(Object.entries(config.prices)));
}
