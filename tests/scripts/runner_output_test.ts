import { assertEquals } from "@std/assert";
import { RunnerOutput } from "../../scripts/runner_output.ts";

const FILES = [
  "running 1 test from ./tests/a_test.ts\n" + "a ... ok (1ms)\n",
  "\x1b[0m\x1b[38;5;245mrunning 2 tests from ./tests/b_test.ts\x1b[0m\n" + "b ... ok (1ms)\nç ... ok (2ms)\n",
  "running 0 tests from ./tests/c_test.ts\n\nok | 3 passed",
];

Deno.test("a runner's output comes a file at a time, whole, however its bytes come", () => {
  const bytes = new TextEncoder().encode(FILES.join(""));
  for (const size of [1, 7, bytes.length]) {
    const output = new RunnerOutput();
    let through = "";
    const whole: string[] = [];
    for (let from = 0; from < bytes.length; from += size) {
      const file = output.add(bytes.slice(from, from + size));
      through += file;
      if (file !== "") whole.push(file);
    }
    assertEquals(through, FILES.slice(0, 2).join(""));
    assertEquals(output.rest(), FILES[2]);
    if (size < bytes.length) assertEquals(whole, FILES.slice(0, 2));
    assertEquals(output.begun, ["./tests/a_test.ts", "./tests/b_test.ts", "./tests/c_test.ts"]);
  }
});
