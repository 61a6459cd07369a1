import type { Exchange, ModelCall } from "../exchange.ts";
import type { Projection } from "../recorder.ts";
import { costOf, evenDollars, type Price } from "./price.ts";
import type { PriceList } from "./price_list.ts";

/** Notes what the calls of a finished Exchange cost, before anybody reads it. */
export class CostMarker implements Projection {
  #prices: PriceList;

  constructor(prices: PriceList) {
    this.#prices = prices;
  }

  setPrices(prices: PriceList): void {
    this.#prices = prices;
  }

  project(exchange: Exchange): void {
    if (exchange.call !== null) this.#mark(exchange, exchange.call);
    for (const call of exchange.innerCalls) this.#mark(exchange, call);
  }

  /** What is known adds up; a call whose cost nobody knows adds nothing. */
  #mark(exchange: Exchange, call: ModelCall): void {
    const price = this.#priceOf(call);
    if (price === null) return;
    call.costUsd = costOf(call, price);
    if (!(call.costUsd >= 0)) return;
    exchange.costUsd = evenDollars((exchange.costUsd >= 0 ? exchange.costUsd : 0) + call.costUsd);
  }

  /** By the name that was sent; a deployment's name is anybody's, then what the provider says answered tells. */
  #priceOf({ provider, model, responseModel }: ModelCall): Price | null {
    return this.#prices.find(provider, model) ??
      (responseModel === "" ? null : this.#prices.find(provider, responseModel));
  }
}
