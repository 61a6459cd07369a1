import type { JsonRequest } from "../stages/json_request.ts";
import type { Exchange } from "../telemetry/exchange.ts";
import type { ClientFormat } from "../wire/canonical.ts";
import { factReaders, noFacts } from "../wire/request_facts.ts";

/** Notes in the record what a request says of itself: model, stream, user, metadata, and what a trace shows besides. */
export function noteRequest(exchange: Exchange, request: JsonRequest, format: ClientFormat): void {
  exchange.requestedModel = request.model;
  exchange.stream = request.stream;
  const facts = noFacts();
  request.read(factReaders(format, exchange.detailed), facts);
  exchange.user = facts.user;
  exchange.metadata = facts.metadata;
  exchange.sessionId = facts.sessionId;
  if (exchange.detailed) exchange.parameters = facts.parameters;
}
