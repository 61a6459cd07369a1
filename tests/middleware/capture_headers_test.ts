import { assertEquals } from "@std/assert";
import { captureHeaders } from "../../lib/middleware/capture_headers.ts";
import { Redactor } from "../../lib/telemetry/redaction.ts";
import { arrived, ok } from "./arrived.ts";

const layer = captureHeaders(new Redactor({ paths: [], keys: [] }));

Deno.test("captureHeaders() keeps both sides' headers with the record, and no key", async () => {
  const exchange = arrived({ "authorization": "Bearer sk-1", "x-team": "search" });
  const response = await layer(exchange, ok);
  assertEquals(response.status, 200);
  const sent = exchange.requestHeaders ?? [];
  assertEquals(sent.slice(sent.indexOf("authorization")).slice(0, 2), ["authorization", "***"]);
  assertEquals(sent.slice(-2), ["x-team", "search"]);
  assertEquals(exchange.responseHeaders, ["content-type", "application/json"]);
});

Deno.test("captureHeaders() leaves alone what operators ask", async () => {
  const exchange = arrived({ "x-team": "search" });
  exchange.background = true;
  await layer(exchange, ok);
  assertEquals([exchange.requestHeaders, exchange.responseHeaders], [null, null]);
});
