/**
 * Every recording there is, by one table: read and written again it loses nothing, its stream passes through to the last
 * byte, whole and streamed agree, and another format says the same, there and back.
 */
import { assert, assertEquals, assertThrows } from "@std/assert";
import { check, kindsIn } from "./every_recording/checks.ts";
import { answersIn, everyPath } from "./every_recording/files.ts";
import { type Kind, TABLE, WENT_ANOTHER_WAY } from "./every_recording/table.ts";
import { needsRecordings } from "./shared.ts";

function kindOf(path: string): Kind {
  const row = TABLE.find(([pattern]) => pattern.test(path));
  if (row === undefined) throw new Error(`tests/wire/every_recording/table.ts has no row for "${path}"`);
  return row[1];
}

Deno.test({
  name: "all recordings pass",
  ...needsRecordings,
  async fn(t) {
    const paths = everyPath();
    assert(paths.length > 150, `${paths.length} recordings`);
    for (const path of paths) {
      const kind = kindOf(path);
      const answers = answersIn(path);
      assert(answers.length > 0, path);
      await t.step(`${kind.is}: ${path}`, () => {
        for (const answer of answers) check(kind, answer);
      });
    }
  },
});

Deno.test({
  name: "recorded whole and streamed, an answer consists of the same",
  ...needsRecordings,
  fn() {
    const paths = new Set(everyPath());
    let pairs = 0;
    for (const path of paths) {
      const stem = path.replace(/\.json$/, "");
      const stream = `${stem}.chunks.txt`;
      const [kind, streamKind] = [kindOf(path), paths.has(stream) ? kindOf(stream) : null];
      if (stem === path || kind.is !== "generation" || streamKind?.is !== "generation") continue;
      const [whole, streamed] = [path, stream].map((each) =>
        answersIn(each).map((it) => kindsIn(kind.codec, it))
      );
      const same = JSON.stringify(whole) === JSON.stringify(streamed);
      assertEquals(same, !WENT_ANOTHER_WAY.has(stem), `${stem}: ${whole} and ${streamed}`);
      pairs++;
    }
    assert(pairs > 60, `${pairs} pairs`);
  },
});

Deno.test({
  name: "every row of the recordings' table has recordings",
  ...needsRecordings,
  fn() {
    const used = new Set(everyPath().map(kindOf));
    for (const [pattern, kind] of TABLE) assert(used.has(kind), String(pattern));
  },
});

Deno.test("a recording that nobody knows is a failure", () => {
  assertThrows(() => kindOf("nobody/answer.json"), Error, "nobody/answer.json");
  assertThrows(() => kindOf("google/new/answer.json"), Error, "google/new/answer.json");
  assertEquals(kindOf("google/interactions/basic.json").is, "generation");
});
