import { assert, assertEquals } from "@std/assert";
import { openableFiles } from "../../lib/cli/openable_files.ts";

const MODULE = new URL("../../lib/cli/openable_files.ts", import.meta.url);

Deno.test("openableFiles() finds a limit that it is not allowed to read, and leaves nothing open", async () => {
  const file = await Deno.makeTempFile({ suffix: ".ts" });
  await Deno.writeTextFile(
    file,
    `import { openableFiles } from "${MODULE}";
console.log(JSON.stringify([openableFiles(1000), openableFiles(1000), openableFiles(50) ?? null]));`,
  );
  const { stdout, stderr } = await new Deno.Command("sh", {
    args: [
      "-c",
      'ulimit -n 200; exec "$0" run --allow-read --no-lock --no-config "$1"',
      Deno.execPath(),
      file,
    ],
  }).output();
  await Deno.remove(file);
  const decoder = new TextDecoder();
  assertEquals(decoder.decode(stderr), "");
  const [first, again, fewer] = JSON.parse(decoder.decode(stdout));
  assert(first > 150 && first < 200, `${first} files`);
  assertEquals([again, fewer], [first, null]);
});

Deno.test("openableFiles() stops where it is told to", () => {
  assertEquals(openableFiles(10), undefined);
});
