import { GatewayError } from "../../errors.ts";
import type { Endpoint } from "../../telemetry/exchange.ts";
import { jsonAnswer } from "../json_answer.ts";

/** What became of reading the configuration anew. */
export type ReloadResult =
  | { readonly ok: true; readonly warnings: readonly string[] }
  | { readonly ok: false; readonly problems: readonly string[] };

/** `POST /admin/config/reload`: does what SIGHUP does, and says what came of it. A bad configuration is a 400. */
export function reloadConfig(reload: () => Promise<ReloadResult>): Endpoint {
  return async function reloadConfig(exchange) {
    const result = await reload();
    if (result.ok) return jsonAnswer(exchange, { status: "reloaded", warnings: [...result.warnings] });
    const problems = result.problems.join("\n");
    throw new GatewayError("invalid_request", `The configuration stays as it was.\n${problems}`);
  };
}
