import { testCases } from "../../scripts/junit.ts";
import type { Mutation } from "./row.ts";

/** What became of a test; `absent`: no such test ran. */
export type Fate = "passed" | "failed" | "skipped" | "absent" | "did not end";

export interface TestOutcome {
  readonly seconds: number;
  of(name: string): Fate;
}

const ROOT = new URL("../../", import.meta.url).pathname;
/** A test that does not end has failed, too. */
export const LONGEST_S = 90;

/** A copy of the repository's files in which something may be broken. */
export class SourceCopy implements AsyncDisposable {
  private constructor(readonly root: string) {}

  static async make(): Promise<SourceCopy> {
    const root = await Deno.makeTempDir({ prefix: "mutations-" });
    const list = await new Deno.Command("git", {
      args: ["ls-files", "-z", "--cached", "--others", "--exclude-standard"],
      cwd: ROOT,
    }).output();
    const folders = new Set<string>();
    for (const path of new TextDecoder().decode(list.stdout).split("\0")) {
      if (path === "") continue;
      const folder = path.slice(0, path.lastIndexOf("/") + 1);
      if (!folders.has(folder)) await Deno.mkdir(`${root}/${folder}`, { recursive: true });
      folders.add(folder);
      // One that was removed and not committed is still in the list.
      await Deno.copyFile(ROOT + path, `${root}/${path}`).catch(ignoreAbsent);
    }
    return new SourceCopy(root);
  }

  /** Takes a defence away until it is disposed of. @throws {Error} where its text does not stand there exactly once. */
  async mutate(mutation: Mutation): Promise<AsyncDisposable> {
    const path = `${this.root}/${mutation.file}`;
    const source = await Deno.readTextFile(path);
    await Deno.writeTextFile(path, mutated(source, mutation));
    return { [Symbol.asyncDispose]: () => Deno.writeTextFile(path, source) };
  }

  /** Runs those tests of a file. @param longest seconds after which they did not end. */
  async run(file: string, names: readonly string[], longest = LONGEST_S): Promise<TestOutcome> {
    const report = `${this.root}/report.xml`;
    await Deno.writeTextFile(report, "");
    const began = performance.now();
    const filter = `--filter=/^(${[...new Set(names)].map(escaped).join("|")})$/`;
    // It makes a process group of its own.
    const timeout = new Deno.Command("timeout", {
      args: ["--signal=KILL", `${longest}`, Deno.execPath(), "test", "--allow-all", "--no-check"]
        .concat([`--junit-path=${report}`, filter, file]),
      cwd: this.root,
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
    const { code } = await timeout.status;
    endGroup(timeout.pid);
    const cases = new Map(testCases(await Deno.readTextFile(report)).map((it) => [it.name, it.outcome]));
    const late = code === 137 || code === 124;
    return {
      seconds: (performance.now() - began) / 1000,
      of: (name) => late ? "did not end" : cases.get(name) ?? "absent",
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.root, { recursive: true });
  }
}

/** The source without the defence. @throws {Error} where its text does not stand there exactly once. */
export function mutated(source: string, { file, text, becomes }: Mutation): string {
  const parts = source.split(text);
  if (parts.length !== 2) {
    throw new Error(`Cannot take away what stands ${parts.length - 1} times in ${file}: ${text}`);
  }
  return parts.join(becomes);
}

/** Ends what a test left behind: processes that lack the defence which ends them, say. */
function endGroup(leader: number): void {
  try {
    Deno.kill(-leader, "SIGKILL");
  } catch (error) {
    ignoreAbsent(error);
  }
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");
}

function ignoreAbsent(error: unknown): void {
  if (!(error instanceof Deno.errors.NotFound)) throw error;
}
