import { assertEquals } from "@std/assert";
import { WholeFiles } from "../../scripts/whole_files.ts";

const OUTPUT = [
  "",
  "running 1 test from ./tests/a_test.ts\n" + "a ... ok (1ms)\n",
  "running 2 tests from ./tests/b_test.ts\n" + "b ... ok (1ms)\nç ... ok (2ms)\n",
  "running 0 tests from ./tests/c_test.ts\n\nok | 3 passed",
];

Deno.test("WholeFiles passes on a file at a time, whole, however its bytes come", async () => {
  const bytes = new TextEncoder().encode(OUTPUT.join(""));
  for (const size of [1, 7, bytes.length]) {
    const pieces: Uint8Array<ArrayBuffer>[] = [];
    for (let from = 0; from < bytes.length; from += size) pieces.push(bytes.slice(from, from + size));
    const passed: string[] = [];
    for await (const piece of ReadableStream.from(pieces).pipeThrough(new WholeFiles())) {
      passed.push(new TextDecoder().decode(piece));
    }
    assertEquals(passed, OUTPUT.slice(1));
  }
});
