import { assertEquals } from "@std/assert";
import { problemsOf } from "./load_text.ts";

Deno.test("budgets are one a period, and of more than nothing", () => {
  const table: [string, string[]][] = [
    ["[{ per: day, usd: 1 }, { per: week, usd: 0.5 }]", []],
    ["[{ per: day, usd: 0 }]", ["budgets[0].usd: is 0; expected a number above 0"]],
    ["[{ per: day, usd: 1 }, { per: day, usd: 2 }]", ['budgets[1].per: is "day" already in budgets[0]']],
  ];
  for (const [budgets, problems] of table) {
    assertEquals(
      problemsOf(`auth: { keys: [{ name: a, key: k, budgets: ${budgets} }] }`),
      problems.map((it) => `config.yaml:1: auth.keys[0].${it}`),
    );
    assertEquals(
      problemsOf(`auth: { teams: { t: { budgets: ${budgets} } } }`),
      problems.map((it) => `config.yaml:1: auth.teams.t.${it}`),
    );
  }
});
