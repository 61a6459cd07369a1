/** Every cell of docs/matrix.json is what happens, and none is missing. */
import { assert, assertEquals } from "@std/assert";
import type { Table } from "../../scripts/matrix/cells.ts";
import { contains } from "../../scripts/matrix/contains.ts";
import type { Feature } from "../../scripts/matrix/feature.ts";
import { REQUEST_FEATURES } from "../../scripts/matrix/features.ts";
import { ANSWERS } from "../../scripts/matrix/features/answers.ts";
import { CLIENT_CODECS, PROVIDER_FORMATS } from "../../scripts/matrix/formats.ts";
import { probeAnswer } from "../../scripts/matrix/probe_answer.ts";
import { probeRequest } from "../../scripts/matrix/probe_request.ts";

const table: Table = JSON.parse(Deno.readTextFileSync(new URL("../../docs/matrix.json", import.meta.url)));

function cellOf(feature: Feature, client: string, provider: string): string {
  const cell = table.cells[feature.name]?.[client]?.[table.providers.indexOf(provider)] ?? "";
  assert(cell !== "", `docs/matrix.json has no cell for "${feature.name}", ${client} to ${provider}`);
  assert(cell !== "lost", `"${feature.name}" is lost from ${client} to ${provider}, and nobody is told`);
  return cell;
}

for (const feature of REQUEST_FEATURES) {
  Deno.test(`matrix: a request with ${feature.name} is what its cells say`, () => {
    for (const client of CLIENT_CODECS) {
      for (const provider of PROVIDER_FORMATS) {
        const cell = cellOf(feature, client.format, provider);
        const { outcome, told, body } = probeRequest(feature, client, provider);
        const where = `${client.format} to ${provider}`;
        assertEquals(outcome, cell, `${where}: ${told} ${JSON.stringify(body)}`);
        // Who loses something is told what.
        assertEquals(told !== "", outcome === "dropped" || outcome === "refused", where);
      }
    }
  });
}

for (const feature of ANSWERS) {
  Deno.test(`matrix: an answer with ${feature.name} is what its cells say`, () => {
    for (const client of CLIENT_CODECS) {
      for (const provider of PROVIDER_FORMATS) {
        const { outcome, body } = probeAnswer(feature, client, provider);
        const cell = cellOf(feature, client.format, provider);
        assertEquals(outcome, cell, `${provider} to ${client.format}: ${JSON.stringify(body)}`);
      }
    }
  });
}

Deno.test("matrix: names are used once, and the table has no row that nobody tries", () => {
  const names = [...REQUEST_FEATURES, ...ANSWERS].map(({ name }) => name);
  assertEquals(names.length, new Set(names).size);
  assertEquals(Object.keys(table.cells).sort(), [...names].sort());
});

Deno.test("contains() finds fields and elements in their order, and nothing else", () => {
  const whole = { a: [{ b: 1, c: 2 }, { b: 3 }], d: null };
  for (
    const part of [{}, { a: [] }, { a: [{ b: 1 }] }, { a: [{ b: 3 }] }, { a: [{ c: 2 }, {}] }, { d: null }]
  ) {
    assert(contains(whole, part), JSON.stringify(part));
  }
  for (const part of [{ e: 1 }, { a: {} }, { a: [{ b: 3 }, { b: 1 }] }, { a: [{}, {}, {}] }, { d: 0 }]) {
    assert(!contains(whole, part), JSON.stringify(part));
  }
});
