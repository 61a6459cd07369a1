import type { Clock } from "../clock.ts";
import { jsonAnswer } from "../endpoints/json_answer.ts";
import { readJsonBody } from "../endpoints/json_body.ts";
import type { ReadBodyOptions } from "../endpoints/read_body.ts";
import { GatewayError } from "../errors.ts";
import type { Endpoint } from "../telemetry/exchange.ts";
import type { JsonObject } from "../wire/canonical.ts";
import { asJson } from "./as_json.ts";
import {
  type ConfigurationOptions,
  reloadConfiguration,
  showConfiguration,
  validateConfiguration,
} from "./configuration.ts";
import { exportRequests } from "./export_requests.ts";
import { type ConsoleEndpoint, type GuardOptions, loggedIn } from "./guard.ts";
import { liveEvents, type LiveOptions } from "./live_events.ts";
import { login, logout, showSession } from "./login.ts";
import { consoleAsset, consolePage } from "./pages.ts";
import { listRequests, listValues, replay, showRequest, showTrace } from "./requests.ts";
import { heatmap, overview, series, usage } from "./statistics.ts";
import { providers, system, type SystemOptions } from "./system.ts";

/** A route below `/console/api`. */
export type ConsoleRow = readonly [method: string, path: string, endpoint: ConsoleEndpoint];

export interface ConsoleOptions extends LiveOptions, SystemOptions, GuardOptions {
  readonly clock: Clock;
  readonly body: ReadBodyOptions;
  /** What a session says of the gateway. */
  readonly facts: () => JsonObject;
  readonly configuration: ConfigurationOptions;
  /** What the stages would do with a prompt. */
  readonly explain: (model: string, prompt: string, call: boolean) => Promise<object>;
  /** What other parts of the gateway have to show. */
  readonly more: readonly ConsoleRow[];
}

export interface ConsoleRoute {
  readonly method: string;
  readonly path: string;
  readonly handler: Endpoint;
}

/** Everything below `/console`. */
export function consoleRoutes(options: ConsoleOptions): ConsoleRoute[] {
  const { store, now, configuration } = options;
  const api: readonly ConsoleRow[] = [
    ["GET", "/requests", listRequests(store, now)],
    ["GET", "/requests/{id}", showRequest(store)],
    ["POST", "/requests/{id}/replay", replay(store)],
    ["GET", "/traces/{id}", showTrace(store)],
    ["GET", "/values", listValues(store)],
    ["GET", "/export", exportRequests(store, options.clock)],
    ["GET", "/overview", overview(options)],
    ["GET", "/series", series(options)],
    ["GET", "/usage", usage(options)],
    ["GET", "/heatmap", heatmap(options)],
    ["GET", "/providers", providers(options)],
    ["GET", "/system", system(options)],
    ["GET", "/config", showConfiguration(configuration)],
    ["POST", "/config/validate", validateConfiguration(configuration)],
    ["POST", "/config/reload", reloadConfiguration(configuration)],
    ["POST", "/explain", explain(options)],
    ["GET", "/events", liveEvents(options)],
    ...options.more,
    ...["GET", "POST", "PUT", "PATCH", "DELETE"].map((method) => [method, "/{rest+}", unknown] as const),
  ];
  return [
    { method: "GET", path: "/console", handler: consolePage(options) },
    { method: "GET", path: "/console/{rest+}", handler: consolePage(options) },
    { method: "GET", path: "/console/assets/{version}/{name+}", handler: consoleAsset() },
    { method: "GET", path: "/console/api/session", handler: showSession(options) },
    { method: "POST", path: "/console/api/login", handler: login(options) },
    { method: "POST", path: "/console/api/logout", handler: logout(options) },
    ...api.map(([method, path, endpoint]) => ({
      method,
      path: `/console/api${path}`,
      handler: loggedIn(options, endpoint),
    })),
  ];
}

const unknown: ConsoleEndpoint = ({ path }) => {
  throw new GatewayError("not_found", `Unknown path '${path}'.`);
};

/** `POST /explain`. */
function explain({ body, explain }: ConsoleOptions): ConsoleEndpoint {
  return async function explainRequest(exchange) {
    const fields = await readJsonBody(exchange, body);
    const call = fields.optionalBoolean("call") ?? false;
    const explanation = await explain(
      fields.optionalString("model") ?? "auto",
      fields.string("prompt"),
      call,
    );
    return jsonAnswer(exchange, asJson({ ...explanation }));
  };
}
