/** What a request costs is the same in log, metric and span. */
import { assertAlmostEquals, assertEquals } from "@std/assert";
import { streamText, WHOLE } from "../stages/scripts.ts";
import { FaultSetup, formatOf } from "./fault_setup.ts";

Deno.test("cost_usd is the same in log line, metric and span, whole and streamed", async () => {
  await using setup = await FaultSetup.start(
    async (call) => {
      if (call.json.stream !== true) return call.answer(200, JSON.stringify(WHOLE[formatOf(call)]));
      await call.stream();
      await call.chunk(streamText(formatOf(call)));
      await call.end();
    },
    "server: { drain_delay: 0s }\nprices: { chat/up: { input: 1000, output: 10000 } }\n" +
      "observability: { tracing: { exporter: { type: stdout } } }",
  );
  let total = 0;
  for (const stream of [false, true]) {
    const response = await fetch(setup.request("openai_chat", stream));
    await response.body?.pipeTo(new WritableStream());
    const line = await setup.closing(response);
    const expected = (Number(line.input_tokens) * 1000 + Number(line.output_tokens) * 10_000) / 1e6;
    assertEquals(expected > 0, true, JSON.stringify(line));
    assertAlmostEquals(Number(line.cost_usd), expected, 1e-9);
    total += expected;
    const span = await setup.gateway.log(({ SpanContext, Name }) =>
      (SpanContext as { TraceID: string } | undefined)?.TraceID === line.trace_id &&
      String(Name).startsWith("provider.")
    );
    const attributes = span.Attributes as { Key: string; Value: number }[];
    assertAlmostEquals(
      attributes.find(({ Key }) => Key === "provider.cost_usd")?.Value ?? NaN,
      expected,
      1e-9,
    );
  }
  const metrics = await setup.metrics();
  assertAlmostEquals(metrics.get('gateway_cost_usd_total{provider="chat",model="up"}') ?? NaN, total, 1e-9);
});
