import { assertEquals, assertRejects } from "@std/assert";
import { GatewayError } from "../../lib/errors.ts";
import { admission } from "../../lib/middleware/admission.ts";
import type { OverloadCause } from "../../lib/middleware/overload.ts";
import { arrived, ok } from "./arrived.ts";

const CASES: readonly (readonly [limit: string, inFlight: number, cause: OverloadCause | null])[] = [
  ["in_flight", 3, null],
  ["memory", 1, "memory"],
  ["event_loop_lag", 3, "event_loop_lag"],
];

for (const [limit, inFlight, cause] of CASES) {
  Deno.test(`admission() refuses at once, but not health, what would be too much for ${limit}`, async () => {
    const state: { inFlight: number; cause: OverloadCause | null } = { inFlight: 2, cause: null };
    const layer = admission({ maxInFlight: 2, inFlight: () => state.inFlight, overload: state });
    assertEquals((await layer(arrived(), ok)).status, 200);
    Object.assign(state, { inFlight, cause });
    const exchange = arrived();
    const error = await assertRejects(() => layer(exchange, ok), GatewayError);
    assertEquals([error.code, error.status, error.retryAfter], ["overloaded", 503, 1]);
    assertEquals(exchange.rateLimit, limit);
    const probe = Object.assign(arrived(), { background: true });
    assertEquals((await layer(probe, ok)).status, 200);
    Object.assign(state, { inFlight: 2, cause: null });
    assertEquals((await layer(arrived(), ok)).status, 200);
  });
}
