import type { NamedInPath } from "../stages/json_request.ts";
import type { Endpoint, PathParams } from "../telemetry/exchange.ts";

const VERSION = "api-version";

/** The model that Azure's path names by its deployment; null: the path names none. */
export function deploymentIn(params: PathParams): NamedInPath | null {
  const { deployment } = params;
  return deployment === undefined ? null : { model: deployment };
}

/** An endpoint for Azure's clients: their version of the API is Azure's, and goes to nobody else. */
export function withoutApiVersion(endpoint: Endpoint): Endpoint {
  return function withoutApiVersion(exchange, params) {
    if (exchange.query.includes(VERSION)) {
      const query = new URLSearchParams(exchange.query);
      query.delete(VERSION);
      exchange.query = query.size === 0 ? "" : `?${query}`;
    }
    return endpoint(exchange, params);
  };
}
