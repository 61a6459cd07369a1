import type { Clock } from "../../clock.ts";
import { GatewayError, invalidParam } from "../../errors.ts";
import { dayOf } from "../../stores/limits/budget_windows.ts";
import type { SpendAccount } from "../../stores/spend/spend_account.ts";
import { SPEND_DIMENSIONS, type SpendDimension, type SpendSum } from "../../stores/spend_store.ts";
import type { Endpoint } from "../../telemetry/exchange.ts";
import type { JsonObject } from "../../wire/canonical.ts";
import { jsonAnswer } from "../json_answer.ts";

/** Days that are told of where nothing is said: this one and those before it. */
const DEFAULT_DAYS = 30;
const DAY_MS = 86_400_000;
const DAY = /^\d{4}-\d\d-\d\d$/;
const NANO_USD = 1e9;

/**
 * `GET /admin/v1/spend?by=key&since=2026-11-01&until=2026-11-30&team=red`: what was spent, the most first. `by` is one
 * or several of {@linkcode SPEND_DIMENSIONS}, divided by commas; each of them is a filter too.
 * @param account null: what is spent is not kept.
 */
export function spendReport(account: SpendAccount | null, clock: Clock): Endpoint {
  return async function spendReport(exchange) {
    if (account === null) {
      throw new GatewayError(
        "not_found",
        "What is spent is not kept: the configuration has no 'spend' and no budget.",
      );
    }
    const query = new URLSearchParams(exchange.query);
    const by = (query.get("by") ?? "").split(",").filter((name) => name !== "").map((name) =>
      dimension(name)
    );
    const today = clock.wall();
    const since = dayIn(query, "since", dayOf(today - (DEFAULT_DAYS - 1) * DAY_MS));
    const until = dayIn(query, "until", dayOf(today));
    const where = Object.fromEntries(
      SPEND_DIMENSIONS.flatMap((name) => query.has(name) ? [[name, query.get(name) ?? ""]] : []),
    );
    try {
      // What ended a moment ago is told as well.
      await account.flush();
      const asked = { since, until, where };
      const [total] = await account.store.sum(asked, []);
      const sums = by.length === 0 ? [] : await account.store.sum(asked, by);
      return jsonAnswer(exchange, {
        since,
        until,
        by,
        total: total === undefined ? null : figures(total),
        data: sums.map((sum) => ({
          ...Object.fromEntries(by.map((name, i) => [name, sum.values[i] ?? ""])),
          ...figures(sum),
        })),
      });
    } catch (cause) {
      throw new GatewayError("limits_unavailable", "What was spent cannot be read now; try again shortly.", {
        retryAfter: 1,
        cause,
      });
    }
  };
}

function dimension(name: string): SpendDimension {
  const known = SPEND_DIMENSIONS.find((it) => it === name);
  if (known !== undefined) return known;
  throw invalidParam("by", `some of ${SPEND_DIMENSIONS.join(", ")}`);
}

function dayIn(query: URLSearchParams, name: string, otherwise: string): string {
  const day = query.get(name) ?? otherwise;
  if (DAY.test(day) && !Number.isNaN(Date.parse(`${day}T00:00:00Z`))) return day;
  throw invalidParam(name, "a day, such as 2026-11-25");
}

function figures({ requests, inputTokens, outputTokens, nanoUsd }: SpendSum): JsonObject {
  return {
    requests,
    input_tokens: inputTokens,
    output_tokens: outputTokens,
    cost_usd: nanoUsd / NANO_USD,
  };
}
