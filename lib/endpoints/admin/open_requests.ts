import { GatewayError } from "../../errors.ts";
import type { Endpoint } from "../../telemetry/exchange.ts";
import { jsonAnswer } from "../json_answer.ts";
import type { AllViews } from "./telemetry_report.ts";
import { type OpenRequestsView, openRequestsView } from "./views.ts";

const DEFAULT_LIMIT = 100;
const MAX_LIMIT = 1000;

/**
 * `GET /admin/requests?state=open&limit=100`: the requests that have not ended, the oldest first.
 * @param all of workers, where there are several: then each request has the number of its worker.
 */
export function openRequests(
  recorder: Parameters<typeof openRequestsView>[0],
  all: ((limit: number) => ReturnType<AllViews<OpenRequestsView>>) | null = null,
): Endpoint {
  return async function openRequests(exchange) {
    const query = new URLSearchParams(exchange.query);
    const state = query.get("state") ?? "open";
    if (state !== "open") {
      throw new GatewayError("invalid_request", "Invalid 'state': expected 'open'; others are not kept.", {
        param: "state",
      });
    }
    const limit = Number(query.get("limit") ?? DEFAULT_LIMIT);
    if (!Number.isInteger(limit) || limit < 1 || limit > MAX_LIMIT) {
      throw new GatewayError(
        "invalid_request",
        `Invalid 'limit': expected a number from 1 to ${MAX_LIMIT}.`,
        {
          param: "limit",
        },
      );
    }
    if (all === null) {
      const { total, requests } = openRequestsView(recorder, limit);
      return jsonAnswer(exchange, { total, requests: requests.map((request) => ({ ...request })) });
    }
    const views = await all(limit);
    const requests = views.flatMap(({ worker, answer }) =>
      answer?.requests.map((request) => ({ worker, ...request })) ?? []
    );
    return jsonAnswer(exchange, {
      total: views.reduce((sum, { answer }) => sum + (answer?.total ?? 0), 0),
      unanswered: views.filter(({ answer }) => answer === null).map(({ worker }) => worker),
      requests: requests.sort((a, b) => b.ageMs - a.ageMs).slice(0, limit),
    });
  };
}
