/** Which processors threads run on; by `taskset`, of util-linux. */

/** @param processors as a list: `0`, `1-3`. @throws {Error} where the machine has none of these. */
export function placeProcess(pid: number, processors: string): Promise<void> {
  return taskset(["--all-tasks", "--cpu-list", "--pid", processors, `${pid}`]);
}

/** A process's first thread alone, which in Deno's has the event loop. The same as of {@linkcode placeProcess}. */
export function placeMainThread(pid: number, processors: string): Promise<void> {
  return taskset(["--cpu-list", "--pid", processors, `${pid}`]);
}

async function taskset(args: readonly string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command("taskset", { args: [...args], stdout: "null" }).output();
  if (!success) throw new Error(`Cannot place threads: ${new TextDecoder().decode(stderr).trim()}`);
}
