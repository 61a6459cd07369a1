import { invalidParam } from "../../errors.ts";
import type { Endpoint } from "../../telemetry/exchange.ts";
import { jsonAnswer } from "../json_answer.ts";
import { limitIn } from "./list_limit.ts";
import type { AllViews } from "./telemetry_report.ts";
import { type OpenRequestsView, openRequestsView } from "./views.ts";

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
    if (state !== "open") throw invalidParam("state", "'open'; others are not kept");
    const limit = limitIn(query);
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
