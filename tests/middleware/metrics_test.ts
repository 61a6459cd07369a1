import { assertEquals } from "@std/assert";
import { metrics } from "../../lib/middleware/metrics.ts";
import { arrived, ok } from "./arrived.ts";

Deno.test("metrics() notes the size that a request declares", async () => {
  const table: [string, string | null, number][] = [
    ["POST", "17", 17],
    ["POST", null, 0],
    ["POST", "nonsense", 0],
    ["GET", "17", 0],
  ];
  for (const [method, length, size] of table) {
    const exchange = arrived(length === null ? {} : { "content-length": length }, { method });
    await metrics()(exchange, ok);
    assertEquals(exchange.requestBytes, size, `${method} ${length}`);
  }
});
