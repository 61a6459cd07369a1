import { placeMainThread, placeProcess } from "../../scripts/bench/processors.ts";
import type { Program } from "../../scripts/bench/program.ts";

const COUNT = navigator.hardwareConcurrency;

/**
 * Gives a gateway's event loop a processor for itself; this process, others and the gateway's own further threads share
 * the rest. Some kernels of virtual machines put threads together on few processors, so that one waits though another
 * stands idle: then what is measured is how long that takes.
 */
export async function ownProcessor(gateway: Program, others: readonly Program[]): Promise<void> {
  if (COUNT < 2) return;
  const rest = `1-${COUNT - 1}`;
  for (const pid of [Deno.pid, gateway.pid, ...others.map((it) => it.pid)]) await placeProcess(pid, rest);
  await placeMainThread(gateway.pid, "0");
}
