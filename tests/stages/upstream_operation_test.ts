/** Operations besides generation whose answer comes whole. */
import { assertEquals, assertRejects } from "@std/assert";
import { GatewayError } from "../../lib/errors.ts";
import { callWhole, type WholeOperation } from "../../lib/stages/upstream_operation.ts";
import { nothingObserved } from "../../lib/wire/observed.ts";
import { gate, StageBench, turn } from "./stage_bench.ts";
import { ScriptedProvider, type Step } from "./scripted_provider.ts";
import { errorAnswer } from "./scripts.ts";

const ANSWER = '{"object":"list","usage":{"prompt_tokens":7}}';
const GOOD: Step[] = [
  { response: 200, headers: { "content-type": "application/json" } },
  { data: ANSWER },
  { end: true },
];
const REQUEST = new TextEncoder().encode('{"model":"m","input":"x"}');

function provider(name: string, ...scripts: Step[][]): ScriptedProvider {
  return new ScriptedProvider(name, [], scripts, { embeddings: { path: "/embeddings" } });
}

function embed(bench: StageBench): WholeOperation {
  return {
    operation: "embed",
    targets: bench.request.targets,
    prepare: () => ({
      request: { format: "embeddings", body: REQUEST, query: "?a=1" },
      observe: () => ({ ...nothingObserved(), model: "up-model", usage: { input: 7, output: NaN } }),
      convert: (bytes, json) => ({ bytes, json }),
      dropped: [],
    }),
  };
}

Deno.test("callWhole() sends an operation as it was prepared, and records its answer", async () => {
  const up = provider("up", GOOD);
  const bench = new StageBench({ providers: [up] });
  const answer = await callWhole(bench.exchange, embed(bench), bench.options);
  assertEquals(new TextDecoder().decode(answer.body), ANSWER);
  const [request] = up.requests;
  assertEquals([request?.operation, request?.format, request?.model], ["embed", "embeddings", "up-model"]);
  assertEquals([request?.body, request?.query], [REQUEST, "?a=1"]);
  const { call } = bench.exchange;
  assertEquals([call?.status, call?.responseModel, call?.inputTokens], ["success", "up-model", 7]);
  assertEquals([call?.outputTokens, call?.usageEstimated], [NaN, false]);
  assertEquals([bench.deadlines.size, bench.openAnswers.size, bench.client.onGone], [0, 0, null]);
});

Deno.test("callWhole() goes on to the next target, as generation does", async () => {
  const bench = new StageBench({ providers: [provider("a", errorAnswer(503)), provider("b", GOOD)] });
  await callWhole(bench.exchange, embed(bench), bench.options);
  assertEquals(bench.exchange.call?.attempts.map((it) => [it.provider, it.status]), [["a", "error"], [
    "b",
    "success",
  ]]);
});

Deno.test("callWhole() tells the client of the last failure", async () => {
  const bench = new StageBench({ providers: [provider("a", errorAnswer(400))] });
  const error = await assertRejects(
    () => callWhole(bench.exchange, embed(bench), bench.options),
    GatewayError,
    "scripted",
  );
  assertEquals([error.status, bench.exchange.call?.status], [400, "error"]);
});

Deno.test("callWhole() gives up when the client leaves", async () => {
  const up = provider("a", [{ response: 200 }, { wait: gate().opened }]);
  const bench = new StageBench({ providers: [up] });
  const answer = callWhole(bench.exchange, embed(bench), bench.options);
  await turn();
  bench.client.leave();
  const error = await assertRejects(() => answer, GatewayError);
  assertEquals([error.code, up.aborted], ["client_closed_request", [0]]);
  assertEquals([bench.exchange.call?.status, bench.exchange.cancelStage], ["cancelled", "before_headers"]);
});
