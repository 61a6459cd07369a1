import type { Exchange, ModelCall } from "../exchange.ts";
import type { Projection } from "../recorder.ts";
import { costOf, type Price } from "./price.ts";
import type { PriceList } from "./price_list.ts";

/** Notes what the call of a finished Exchange cost, before anybody reads it. */
export class CostMarker implements Projection {
  #prices: PriceList;

  constructor(prices: PriceList) {
    this.#prices = prices;
  }

  setPrices(prices: PriceList): void {
    this.#prices = prices;
  }

  project(exchange: Exchange): void {
    const { call } = exchange;
    if (call === null) return;
    const price = this.#priceOf(call);
    if (price !== null) exchange.costUsd = call.costUsd = costOf(call, price);
  }

  /** By the name that was sent; a deployment's name is anybody's, then what the provider says answered tells. */
  #priceOf({ provider, model, responseModel }: ModelCall): Price | null {
    return this.#prices.find(provider, model) ??
      (responseModel === "" ? null : this.#prices.find(provider, responseModel));
  }
}
