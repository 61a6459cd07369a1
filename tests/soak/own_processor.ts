import type { Program } from "../../scripts/bench/program.ts";

const COUNT = navigator.hardwareConcurrency;

/**
 * Gives a gateway's event loop a processor for itself; this process, others and the gateway's own further threads share
 * the rest. Some kernels of virtual machines put threads together on few processors, so that one waits though another
 * stands idle: then what is measured is how long that takes. By `taskset`, of util-linux.
 */
export async function ownProcessor(gateway: Program, others: readonly Program[]): Promise<void> {
  if (COUNT < 2) return;
  const rest = `1-${COUNT - 1}`;
  for (const pid of [Deno.pid, gateway.pid, ...others.map((it) => it.pid)]) await taskset("-a", rest, pid);
  await taskset(null, "0", gateway.pid);
}

/** @param all `-a`: of all threads of a process; null: of its first one, which has the event loop. */
async function taskset(all: "-a" | null, processors: string, pid: number): Promise<void> {
  const args = [...all === null ? [] : [all], "-p", "-c", processors, String(pid)];
  const { success, stderr } = await new Deno.Command("taskset", { args }).output();
  if (!success) throw new Error(`Cannot place threads: ${new TextDecoder().decode(stderr)}`);
}
