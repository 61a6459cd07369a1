import { invalidParam } from "../../errors.ts";

const DEFAULT = 100;
/** The most that a list of the admin API gives at a time. */
export const MAX_LIMIT = 1000;

/** How many of a list are asked for. @throws {GatewayError} where that is no number within bounds. */
export function limitIn(query: URLSearchParams): number {
  const limit = Number(query.get("limit") ?? DEFAULT);
  if (Number.isInteger(limit) && limit >= 1 && limit <= MAX_LIMIT) return limit;
  throw invalidParam("limit", `a number from 1 to ${MAX_LIMIT}`);
}
