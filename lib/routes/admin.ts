import type { Clock } from "../clock.ts";
import type { Config } from "../config/config.ts";
import { eventStream } from "../endpoints/admin/event_stream.ts";
import type { KeyAttempts } from "../endpoints/admin/key_attempts.ts";
import { MasterKey, masterKeyOnly } from "../endpoints/admin/master_key.ts";
import { openRequests } from "../endpoints/admin/open_requests.ts";
import { reloadConfig, type ReloadResult } from "../endpoints/admin/reload_config.ts";
import { telemetryReport } from "../endpoints/admin/telemetry_report.ts";
import { SPEND_PATH } from "../endpoints/admin/spend_operation.ts";
import { spendReport } from "../endpoints/admin/spend_report.ts";
import { GatewayError } from "../errors.ts";
import { type KeyAdminRoutesOptions, keyAdminRows } from "./key_admin.ts";
import type { Route } from "../server/router.ts";
import type { SpendAccount } from "../stores/spend/spend_account.ts";
import type { Endpoint } from "../telemetry/exchange.ts";
import type { Together } from "../assembly/together.ts";
import type { Telemetry } from "../telemetry/telemetry.ts";

const notFound: Endpoint = (exchange) =>
  Promise.reject(new GatewayError("not_found", `Unknown path '${exchange.path}'.`));

export interface AdminOptions {
  /** Reads the configuration anew. */
  readonly reload: () => Promise<ReloadResult>;
  /** The other processes, where there are several. */
  readonly together: Together | null;
  /** Null: what is spent is not kept. */
  readonly spend: SpendAccount | null;
  /** Wrong keys that operators' routes were shown. */
  readonly attempts: KeyAttempts;
}

/** What administrators call: all of it asks for the master key or, of keys, a management key; what is not there too. */
export function adminRoutes(
  config: Config,
  telemetry: Telemetry,
  clock: Clock,
  options: AdminOptions,
  keys: Omit<KeyAdminRoutesOptions, "masterKey" | "clock" | "logger">,
): Route[] {
  const { together } = options;
  const secret = config.auth.master_key;
  const key = secret === null ? null : new MasterKey(secret.reveal(), options.attempts);
  const only = (endpoint: Endpoint) => masterKeyOnly(key, endpoint);
  const rows: readonly (readonly [method: string, path: string, endpoint: Endpoint])[] = [
    ["GET", "/admin/telemetry", only(telemetryReport(telemetry, together?.telemetry ?? null))],
    ["GET", "/admin/requests", only(openRequests(telemetry.recorder, together?.openRequests ?? null))],
    ["POST", "/admin/config/reload", only(reloadConfig(options.reload))],
    ...keyAdminRows({ ...keys, masterKey: key, clock, logger: telemetry.logger }),
    ["GET", SPEND_PATH, only(spendReport(options.spend, clock))],
    ["GET", "/admin/events", only(eventStream({ feed: telemetry.events, clock, worker: together?.worker }))],
    ...["GET", "POST", "PUT", "PATCH", "DELETE"].map((method) =>
      [method, "/admin/{rest+}", only(notFound)] as const
    ),
  ];
  return rows.map(([method, path, handler]) => ({
    method,
    path,
    handler,
    dialect: "openai",
    // The master key is asked for in place of a client's.
    public: true,
    background: true,
  }));
}
