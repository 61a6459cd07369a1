import { assertEquals, assertThrows } from "@std/assert";
import { loadConfig } from "../../lib/config/load.ts";
import { ConfigError } from "../../lib/config/problem.ts";

function load(pii: string) {
  const text = `providers: { mock: { type: mock } }\nmodels: { m: mock/m }\npii: { ${pii} }`;
  return loadConfig({ path: "c.yaml", text, env: () => undefined, readFile: () => "" }).config.pii;
}

Deno.test("pii: off until it is switched on; then requests and answers are redacted, and a failure refuses", () => {
  const { enabled, on, action, on_failure, presidio, model } = load("");
  assertEquals({ enabled, on, action, on_failure, presidio, model }, {
    enabled: false,
    on: ["requests", "answers"],
    action: "redact",
    on_failure: "closed",
    presidio: null,
    model: null,
  });
  assertEquals(load("on: requests, types: { card: block }, patterns: { staff: 'EMP-\\d+' }, model: m"), {
    ...load(""),
    on: ["requests"],
    types: { card: "block" },
    patterns: { staff: "EMP-\\d+" },
    model: "m",
  });
});

Deno.test("pii: what cannot be is said, with what may have been meant", () => {
  const cases: [text: string, place: string, says: string][] = [
    ["types: { emial: block }", "pii.types.emial", 'did you mean "email"?'],
    ["types: { card: destroy }", "pii.types.card", "one of allow, redact or block"],
    ["patterns: { x: (a+)+ }", "pii.patterns.x", "repeats or chooses itself"],
    ["patterns: { x: 'a*b*c*' }", "pii.patterns.x", "quick on any text"],
    ["model: other", "pii.model", "names no model"],
    ["presidio: { url: nowhere }", "pii.presidio.url", "http://"],
  ];
  for (const [text, place, says] of cases) {
    const { problems }: ConfigError = assertThrows(() => load(text), ConfigError);
    assertEquals(problems.map(({ path, message }) => [path.join("."), message.includes(says)]), [[
      place,
      true,
    ]], text);
  }
  // What Presidio finds has names of its own.
  load("types: { person: block }, presidio: { url: 'http://p:5002' }");
});
