import { assertEquals, assertThrows } from "@std/assert";
import { BehaviourError, parseBehaviour, PLAIN, splitModel } from "../../../lib/providers/mock/behaviour.ts";

Deno.test("parseBehaviour() reads every word of the table", () => {
  const words =
    "latency=200ms,ttft=0.5s,tps=100,tokens=200,cached=10,status=503,error_rate=0.1,error_status=429," +
    "retry_after=2,html,malformed,stall_after=3,disconnect_after=4,error_event_after=0,no_done,split=1,refusal,content_filter";
  assertEquals(parseBehaviour(words), {
    latency: 200,
    ttft: 500,
    tps: 100,
    tokens: 200,
    cached: 10,
    status: 503,
    errorRate: 0.1,
    errorStatus: 429,
    retryAfter: 2,
    html: true,
    malformed: true,
    stallAfter: 3,
    disconnectAfter: 4,
    errorEventAfter: 0,
    noDone: true,
    split: 1,
    refusal: true,
    contentFilter: true,
  });
  const source = Deno.readTextFileSync(new URL("../../../lib/providers/mock/behaviour.ts", import.meta.url));
  for (const word of words.split(",")) {
    const [name = ""] = word.split("=");
    assertEquals(
      new RegExp(`\\| \`${name}(=[^\`]+)?\``).test(source),
      true,
      `${name} stands in the docstring`,
    );
  }
});

Deno.test("parseBehaviour() changes only what it is told", () => {
  assertEquals(parseBehaviour(""), PLAIN);
  const base = parseBehaviour("tps=10,latency=20");
  assertEquals(parseBehaviour(" tps=5 , no_done ", base), { ...PLAIN, tps: 5, latency: 20, noDone: true });
});

for (
  const [words, message] of [
    ["nonsense", 'Unknown behaviour "nonsense"'],
    ["constructor", "Unknown behaviour"],
    ["latency=fast", 'Invalid behaviour "latency=fast": expected a duration'],
    ["latency", "expected a duration"],
    ["tps=-1", "expected a number"],
    ["status=99", "expected a number from 200 to 599"],
    ["error_rate=1.5", "expected a number from 0 to 1"],
    ["html=1", "expected no value"],
    ["split=0", "expected a number"],
  ] as const
) {
  Deno.test(`parseBehaviour() refuses "${words}"`, () => {
    assertThrows(() => parseBehaviour(words), BehaviourError, message);
  });
}

Deno.test("splitModel() takes the behaviour off a model's name, and no other @", () => {
  const cases: [string, [string, string]][] = [
    ["gpt-4o", ["gpt-4o", ""]],
    ["gpt-4o@tps=5,no_done", ["gpt-4o", "tps=5,no_done"]],
    ["@html", ["mock", "html"]],
    ["claude@20250929", ["claude@20250929", ""]],
    ["claude@20250929@html", ["claude@20250929", "html"]],
    ["m@tsp=5", ["m", "tsp=5"]],
    ["m@default", ["m@default", ""]],
    ["", ["", ""]],
  ];
  for (const [model, expected] of cases) assertEquals(splitModel(model), expected, model);
});
