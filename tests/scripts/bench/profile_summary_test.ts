import { assertEquals } from "@std/assert";
import { allocations, selfTimes } from "../../../scripts/bench/profile_summary.ts";

function node(id: number, functionName: string, url = "") {
  return { id, callFrame: { functionName, url, lineNumber: 6 } };
}

Deno.test("selfTimes() shares out the time in JavaScript, by function and by file", () => {
  const file = new URL("../../../lib/wire/sse.ts", import.meta.url).href;
  const profile = {
    nodes: [node(1, "(idle)"), node(2, "push", file), node(3, "", file), node(4, "(garbage collector)")],
    samples: [1, 2, 3, 4, 2],
    timeDeltas: [1000, 20, 10, 10, 60],
  };
  assertEquals(selfTimes(profile), {
    total: 100,
    functions: [
      { name: "push lib/wire/sse.ts:7", share: 0.8 },
      { name: "(anonymous) lib/wire/sse.ts:7", share: 0.1 },
      { name: "(garbage collector)", share: 0.1 },
    ],
    files: [{ name: "lib/wire/sse.ts", share: 0.9 }, { name: "(garbage collector)", share: 0.1 }],
  });
});

Deno.test("allocations() adds up what a function allocated, whoever called it", () => {
  const callFrame = (functionName: string) => ({
    functionName,
    url: "file:///x/npm/host/undici/7/a.js",
    lineNumber: 0,
  });
  const leaf = (selfSize: number) => ({ callFrame: callFrame("leaf"), selfSize, children: [] });
  const head = {
    callFrame: { functionName: "(root)", url: "", lineNumber: 0 },
    selfSize: 7,
    children: [{ callFrame: callFrame("caller"), selfSize: 10, children: [leaf(20)] }, leaf(10)],
  };
  assertEquals(allocations(head), {
    total: 40,
    functions: [
      { name: "leaf npm:undici/7/a.js:1", share: 0.75 },
      { name: "caller npm:undici/7/a.js:1", share: 0.25 },
    ],
    files: [{ name: "npm:undici/7/a.js", share: 1 }],
  });
});
