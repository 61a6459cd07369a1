import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { loadConfig } from "../../lib/config/load.ts";
import { ConfigError } from "../../lib/config/problem.ts";
import { SPEAKERS } from "../../lib/stages/jailbreak/looked_at.ts";
import { JAILBREAK_ACTIONS } from "../../lib/stages/jailbreak_detection.ts";

function load(jailbreak: string) {
  const text = `providers: { mock: { type: mock } }\nmodels: { m: mock/m }\njailbreak: { ${jailbreak} }`;
  return loadConfig({ path: "c.yaml", text, env: () => undefined, readFile: () => "" }).config.jailbreak;
}

Deno.test("jailbreak: off until it is switched on; then patterns look at users, tools and documents, and block", () => {
  const { enabled, detectors, on, action, on_failure, deadline } = load("");
  assertEquals({ enabled, detectors, on, action, on_failure, deadline }, {
    enabled: false,
    detectors: [],
    on: ["user", "tool", "document"],
    action: "block",
    on_failure: "closed",
    deadline: 2000,
  });
  const { detectors: two } = load("detectors: [patterns, { type: model, model: m, asked_from: 0.3 }]");
  assertEquals(two.map(({ type, model, threshold, asked_from }) => [type, model, threshold, asked_from]), [
    ["patterns", null, null, 0],
    ["model", "m", null, 0.3],
  ]);
});

Deno.test("jailbreak: every speaker and action of the stage can be configured", () => {
  assertEquals(load(`on: [${SPEAKERS.join(", ")}]`).on, SPEAKERS);
  for (const action of JAILBREAK_ACTIONS) assertEquals(load(`action: ${action}, route_to: m`).action, action);
});

Deno.test("jailbreak: what cannot be is said, with what may have been meant", () => {
  const cases: [text: string, place: string, says: string][] = [
    ["detectors: [{ type: model }]", "jailbreak.detectors.0.model", "is missing"],
    ["detectors: [{ type: webhook }]", "jailbreak.detectors.0.url", "is missing"],
    ["detectors: [{ type: embedding, model: n }]", "jailbreak.detectors.0.model", 'no model is called "n"'],
    ["detectors: [pattern]", "jailbreak.detectors.0", "patterns"],
    ["actions: { tools: annotate }", "jailbreak.actions.tools", 'did you mean "tool"?'],
    ["actions: { system: block }", "jailbreak.actions.system", "no speaker of `jailbreak.on`"],
    ["action: route", "jailbreak.route_to", "the action `route` needs it"],
    ["action: route, route_to: x", "jailbreak.route_to", 'no model is called "x"'],
    ["exempt_keys: [x]", "jailbreak.exempt_keys.0", 'no key of `auth.keys` is called "x"'],
    ["patterns: { x: (a+)+ }", "jailbreak.patterns.x", "repeats or chooses itself"],
  ];
  for (const [text, place, says] of cases) {
    const { problems }: ConfigError = assertThrows(() => load(text), ConfigError);
    assertEquals(problems.map(({ path }) => path.join(".")), [place], text);
    assertStringIncludes(problems[0]?.message ?? "", says);
  }
});
