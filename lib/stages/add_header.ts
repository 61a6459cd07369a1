import type { Exchange } from "../telemetry/exchange.ts";

/** Adds a header to whatever this request is answered with. */
export function addHeader(exchange: Exchange, name: string, value: string): void {
  if (exchange.answerHeaders === null) exchange.answerHeaders = [name, value];
  else exchange.answerHeaders.push(name, value);
}
