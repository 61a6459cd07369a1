import { assertEquals, assertRejects } from "@std/assert";
import { GatewayError } from "../../lib/errors.ts";
import { admission } from "../../lib/middleware/admission.ts";
import { arrived, ok } from "./arrived.ts";

interface State {
  readonly inFlight: number;
  readonly memory: boolean;
  /** That the event loop bears. */
  readonly requests: number;
}

const CALM: State = { inFlight: 2, memory: false, requests: Infinity };

const CASES: readonly (readonly [limit: string, state: State])[] = [
  ["in_flight", { ...CALM, inFlight: 3 }],
  ["memory", { ...CALM, inFlight: 1, memory: true }],
  ["event_loop_lag", { ...CALM, requests: 1 }],
];

for (const [limit, much] of CASES) {
  Deno.test(`admission() refuses at once, but not health, what would be too much for ${limit}`, async () => {
    const state = { ...CALM };
    const layer = admission({ maxInFlight: 2, inFlight: () => state.inFlight, overload: state });
    assertEquals((await layer(arrived(), ok)).status, 200);
    Object.assign(state, much);
    const exchange = arrived();
    const error = await assertRejects(() => layer(exchange, ok), GatewayError);
    assertEquals([error.code, error.status, error.retryAfter], ["overloaded", 503, 1]);
    assertEquals(exchange.rateLimit, limit);
    const probe = Object.assign(arrived(), { background: true });
    assertEquals((await layer(probe, ok)).status, 200);
    Object.assign(state, CALM);
    assertEquals((await layer(arrived(), ok)).status, 200);
  });
}
