import { assertEquals } from "@std/assert";
import { overloadMessage } from "../../lib/assembly/overload.ts";
import type { OverloadChange } from "../../lib/middleware/overload.ts";

const MIB = 1024 ** 2;

const CASES: readonly (readonly [OverloadChange, string])[] = [
  [
    { cause: "memory", began: true, value: 300.4 * MIB, limit: 256 * MIB },
    "new requests are refused: memory in use is 300MiB, above server.max_memory of 256MiB",
  ],
  [
    { cause: "event_loop_lag", began: true, value: 250.3, limit: 200 },
    "more requests at a time than it bears are refused: the event loop's lag is 250ms, above server.max_lag of 200ms",
  ],
  [
    { cause: "memory", began: false, value: 200 * MIB, limit: 256 * MIB },
    "requests are no longer refused for memory in use: it is 200MiB again",
  ],
  [
    { cause: "event_loop_lag", began: false, value: 0, limit: Infinity },
    "requests are no longer refused for the event loop's lag: it has no limit any more",
  ],
];

for (const [change, message] of CASES) {
  Deno.test(`overloadMessage() says: ${message}`, () => assertEquals(overloadMessage(change), message));
}
