import { GatewayError } from "../../errors.ts";
import type { Endpoint } from "../../telemetry/exchange.ts";
import type { OpenRequest } from "../../telemetry/recorder.ts";
import { jsonAnswer } from "../json_answer.ts";

const DEFAULT_LIMIT = 100;
const MAX_LIMIT = 1000;

/** `GET /admin/requests?state=open&limit=100`: the requests that have not ended, the oldest first. */
export function openRequests(
  recorder: { readonly inFlight: number; openRequests(limit: number): OpenRequest[] },
): Endpoint {
  return function openRequests(exchange) {
    const query = new URLSearchParams(exchange.query);
    const state = query.get("state") ?? "open";
    if (state !== "open") {
      return Promise.reject(
        new GatewayError("invalid_request", "Expected 'open': others are not kept.", { param: "state" }),
      );
    }
    const limit = Number(query.get("limit") ?? DEFAULT_LIMIT);
    if (!Number.isInteger(limit) || limit < 1 || limit > MAX_LIMIT) {
      return Promise.reject(
        new GatewayError("invalid_request", `Expected a number from 1 to ${MAX_LIMIT}.`, { param: "limit" }),
      );
    }
    const requests = recorder.openRequests(limit).map((request) => ({ ...request }));
    return Promise.resolve(jsonAnswer(exchange, { total: recorder.inFlight, requests }));
  };
}
