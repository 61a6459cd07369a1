/** Which processors threads run on, and which of them goes first there; by `taskset` and `renice`, of util-linux. */

/** Of 19 below the usual: half the share of others where all want more than there is, so that it is not starved. */
const YIELDING = "3";

/** @param processors as a list: `0`, `1-3`. @throws {Error} where the machine has none of these. */
export function placeProcess(pid: number, processors: string): Promise<void> {
  return taskset(["--all-tasks", "--cpu-list", "--pid", processors, `${pid}`]);
}

/** A process's first thread alone, which in Deno's has the event loop. The same as of {@linkcode placeProcess}. */
export function placeMainThread(pid: number, processors: string): Promise<void> {
  return taskset(["--cpu-list", "--pid", processors, `${pid}`]);
}

/** Has a process's threads, and those that they start, let others go first where they compete. */
export async function giveWay(pid: number): Promise<void> {
  const threads = [...Deno.readDirSync(`/proc/${pid}/task`)].map(({ name }) => name);
  await run("renice", ["-n", YIELDING, "-p", ...threads]);
}

function taskset(args: readonly string[]): Promise<void> {
  return run("taskset", args);
}

async function run(command: string, args: readonly string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command(command, { args: [...args], stdout: "null" }).output();
  if (!success) throw new Error(`Cannot place threads: ${new TextDecoder().decode(stderr).trim()}`);
}
