import type { Exchange } from "../../telemetry/exchange.ts";
import { wallTime } from "../../telemetry/projections/durations.ts";
import type { RequestRecord } from "../../telemetry/projections/record_fields.ts";
import { isFallback, isSlow, outcomeOf, searchedText } from "../../telemetry/projections/request_row.ts";
import type { ListedField } from "../request_store.ts";

/** The column `outcome`. */
export const OUTCOMES = ["success", "rejected", "error", "cancelled", "blocked"] as const;

/** Columns of a row that hold words, as their numbers. */
export const WORD_COLUMNS = [
  "model",
  "provider",
  "key",
  "team",
  "route",
  "category",
  "cache",
  "error_type",
] as const satisfies readonly ListedField[];

/** A word, and how people call it. */
export interface Word {
  readonly value: string;
  readonly label: string;
}

/** What a row is searched by; all else stands in its record. Columns of yes and no are 1 and 0. */
export interface RowColumns {
  /** Unix milliseconds. */
  readonly ended: number;
  readonly status: number;
  readonly outcome: number;
  readonly slow: number;
  readonly stream: number;
  readonly fallback: number;
  /** In the order of `WORD_COLUMNS`. */
  readonly words: readonly Word[];
  readonly searched: string;
}

/** When it ended, as rows have it: Unix milliseconds, whole. */
export function endOf(exchange: Exchange): number {
  return Math.floor(wallTime(exchange, exchange.endedAt));
}

export function rowColumns(record: RequestRecord, slowMs: number): RowColumns {
  const { exchange } = record;
  const { call, principal, status } = exchange;
  return {
    ended: endOf(exchange),
    status,
    outcome: OUTCOMES.indexOf(outcomeOf(exchange)),
    slow: isSlow(exchange, slowMs) ? 1 : 0,
    stream: exchange.stream ? 1 : 0,
    fallback: call !== null && isFallback(call) ? 1 : 0,
    words: [
      named(call?.model),
      named(call?.provider),
      principal === null ? named("") : { value: principal.keyId, label: principal.name },
      named(principal?.team ?? ""),
      named(exchange.route),
      named(exchange.category),
      named(exchange.cache),
      named(exchange.errorType),
    ],
    searched: searchedText(record),
  };
}

function named(value = ""): Word {
  return { value, label: value };
}
