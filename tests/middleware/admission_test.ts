import { assertEquals, assertRejects } from "@std/assert";
import { GatewayError } from "../../lib/errors.ts";
import { admission } from "../../lib/middleware/admission.ts";
import { arrived, ok } from "./arrived.ts";

Deno.test("admission() refuses at once what is more than the gateway takes, but not health", async () => {
  let inFlight = 2;
  const layer = admission({ maxInFlight: 2, inFlight: () => inFlight });
  assertEquals((await layer(arrived(), ok)).status, 200);
  inFlight = 3;
  const error = await assertRejects(() => layer(arrived(), ok), GatewayError);
  assertEquals([error.code, error.status, error.retryAfter], ["overloaded", 503, 1]);
  const probe = Object.assign(arrived(), { background: true });
  assertEquals((await layer(probe, ok)).status, 200);
});
