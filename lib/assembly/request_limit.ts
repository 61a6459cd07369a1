import type { Config } from "../config/config.ts";
import type { RequestLimit } from "../middleware/request_limiter.ts";

export function limitOf(limit: Config["rate_limit"]["per_key"]): RequestLimit | null {
  return limit === null
    ? null
    : { requests: limit.requests, per: limit.per, burst: limit.burst ?? undefined };
}
