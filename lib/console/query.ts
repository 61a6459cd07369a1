import { GatewayError } from "../errors.ts";
import type { RequestFilter } from "../stores/request_store.ts";
import type { Exchange } from "../telemetry/exchange.ts";

const WORDS = [
  "model",
  "provider",
  "key",
  "team",
  "route",
  "category",
  "cache",
  "error_type",
  "outcome",
  "text",
] as const;
const FLAGS = ["slow", "stream", "fallback"] as const;
const STATUS = /^([1-5]xx|\d{3})$/;
/** A search for more looks for nothing that a row has. */
const LONGEST = 400;

/** The query of an address: each of its parameters once, checked. */
export class Query {
  readonly #params: URLSearchParams;

  constructor({ query }: Exchange) {
    this.#params = new URLSearchParams(query);
  }

  /** Empty: it is not there. */
  text(name: string): string {
    const value = this.#params.get(name) ?? "";
    if (value.length > LONGEST) throw wrong(name, `at most ${LONGEST} characters`);
    return value;
  }

  /** @throws {GatewayError} where it is no whole number within bounds. */
  number(name: string, { least = 0, most = Number.MAX_SAFE_INTEGER } = {}): number | undefined {
    const text = this.text(name);
    if (text === "") return undefined;
    const value = Number(text);
    if (!Number.isInteger(value) || value < least || value > most) {
      throw wrong(name, `a whole number from ${least} to ${most}`);
    }
    return value;
  }

  oneOf<T extends string>(name: string, values: readonly T[], otherwise: T): T {
    const text = this.text(name);
    if (text === "") return otherwise;
    const value = values.find((it) => it === text);
    if (value === undefined) throw wrong(name, values.join(", "));
    return value;
  }

  /** `from` and `to`, or `last`. @param now Unix milliseconds. */
  range(now: number): { readonly from?: number | undefined; readonly to?: number | undefined } {
    const last = this.number("last");
    if (last !== undefined) return { from: now - last };
    return { from: this.number("from"), to: this.number("to") };
  }

  filter(now: number): RequestFilter {
    const filter: Record<string, unknown> = { ...this.range(now) };
    for (const name of WORDS) {
      const value = this.text(name);
      if (value !== "") filter[name] = value;
    }
    for (const name of FLAGS) {
      const value = this.text(name);
      if (value !== "" && value !== "1" && value !== "0") throw wrong(name, "1 or 0");
      if (value !== "") filter[name] = value === "1";
    }
    const status = this.text("status");
    if (status !== "" && !STATUS.test(status)) throw wrong("status", "200, 404, 4xx, 5xx");
    if (status !== "") filter["status"] = status;
    return filter;
  }
}

function wrong(param: string, expected: string): GatewayError {
  return new GatewayError("invalid_request", `Cannot read '${param}': expected ${expected}.`, { param });
}
