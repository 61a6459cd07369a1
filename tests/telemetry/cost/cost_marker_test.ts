import { assertAlmostEquals, assertEquals } from "@std/assert";
import { Exchange, ModelCall } from "../../../lib/telemetry/exchange.ts";
import { CostMarker } from "../../../lib/telemetry/cost/cost_marker.ts";
import { PriceList } from "../../../lib/telemetry/cost/price_list.ts";

const marker = new CostMarker(
  new PriceList([{ name: "azure", type: "azure" }, { name: "own", type: "vllm" }], new Map()),
);

function marked(facts: Partial<ModelCall> | null): Exchange {
  const exchange = new Exchange(0, 0, { finished: () => {} });
  exchange.call = facts === null ? null : Object.assign(new ModelCall("generate"), facts);
  marker.project(exchange);
  return exchange;
}

Deno.test("CostMarker notes on call and record what the call cost", () => {
  const { costUsd, call } = marked({
    provider: "azure",
    model: "gpt-4o-mini",
    inputTokens: 1000,
    outputTokens: 100,
  });
  assertAlmostEquals(costUsd, call?.costUsd ?? NaN, 0);
  assertEquals(costUsd > 0, true);
});

Deno.test("CostMarker's dollars have no digits but those that prices have", () => {
  for (const inputTokens of [1, 7, 420, 12_345, 1_234_567]) {
    for (const outputTokens of [1, 100, 333, 98_765]) {
      const call = Object.assign(new ModelCall("generate"), {
        provider: "azure",
        model: "gpt-4o-mini",
        inputTokens,
        outputTokens,
      });
      const exchange = new Exchange(0, 0, { finished: () => {} });
      exchange.call = call;
      exchange.innerCalls.push(Object.assign(new ModelCall("generate"), call));
      marker.project(exchange);
      for (const { costUsd } of [exchange, call]) assertEquals(costUsd, Number(costUsd.toFixed(12)));
    }
  }
});

Deno.test("CostMarker goes by the model that answered where a deployment's name says nothing", () => {
  const tokens = { inputTokens: 1000, outputTokens: 100 };
  const named = marked({
    provider: "azure",
    model: "my-deployment",
    responseModel: "gpt-4o-mini",
    ...tokens,
  });
  const plain = marked({ provider: "azure", model: "gpt-4o-mini", ...tokens });
  assertEquals(named.costUsd, plain.costUsd);
});

Deno.test("CostMarker leaves unknown what nobody knows", () => {
  assertEquals(marked(null).costUsd, NaN);
  assertEquals(
    marked({ provider: "own", model: "gpt-4o-mini", inputTokens: 1, outputTokens: 1 }).costUsd,
    NaN,
  );
  assertEquals(marked({ provider: "azure", model: "gpt-4o-mini" }).costUsd, NaN);
});
