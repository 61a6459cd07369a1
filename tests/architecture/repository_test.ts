/** What is in the repository: sources, tables and pictures, and nothing that a tool left behind. */
import { assertEquals } from "@std/assert";

const ROOT = new URL("../../", import.meta.url).pathname;

/** Bytes of the largest file that belongs here; the JSON schema and screenshots are below 200 KB. */
const LARGEST = 512 * 1024;

async function trackedFiles(): Promise<string[]> {
  const { code, stdout } = await new Deno.Command("git", { args: ["ls-files", "-z"], cwd: ROOT }).output();
  // A copy without its history has nothing that could be committed by mistake.
  return code === 0 ? new TextDecoder().decode(stdout).split("\0").filter((path) => path !== "") : [];
}

Deno.test("no file is larger than those that belong here, and no archive is among them", async () => {
  const files = await trackedFiles();
  const strays = await Promise.all(files.map(async (path) => {
    const { size } = await Deno.lstat(ROOT + path);
    return size > LARGEST || /\.(whl|tgz|zip|gz|log|db)$/.test(path) ? [path] : [];
  }));
  assertEquals(strays.flat(), []);
});
