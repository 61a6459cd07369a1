import { assertEquals } from "@std/assert";
import { type KeyTable, namesOf } from "../../../lib/config/dialects/key_table.ts";
import { LITELLM_TABLES } from "../../../lib/config/dialects/litellm/tables.ts";

for (const table of LITELLM_TABLES) {
  Deno.test(`the keys of ${table.title} stand in one place each`, () => {
    const names = allNames(table);
    assertEquals(names.filter((name, index) => names.indexOf(name) !== index), []);
    assertEquals(names.filter((name) => !/^\w+$/.test(name)), []);
  });
}

function allNames<State>({ converted, unsupported, needless }: KeyTable<State>): string[] {
  return [
    ...Object.keys(converted),
    ...[...unsupported, ...needless].flatMap(([, names]) => namesOf(names)),
  ];
}
