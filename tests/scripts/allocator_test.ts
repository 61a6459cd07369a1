import { assert } from "@std/assert";
import { ALLOCATOR } from "../../scripts/allocator.ts";

Deno.test("the tasks that run the gateway, and its image, have the allocator's variables", async () => {
  const read = (name: string) => Deno.readTextFile(new URL(`../../${name}`, import.meta.url));
  const { tasks } = JSON.parse(await read("deno.json"));
  const image = await read("Dockerfile");
  for (const [name, value] of Object.entries(ALLOCATOR)) {
    for (const task of ["start", "dev"]) {
      assert(tasks[task].command.startsWith(`${name}=${value} deno run `), `${task}: ${tasks[task].command}`);
    }
    assert(image.includes(`\nENV ${name}=${value}\n`));
  }
});
