import { giveWay, placeMainThread, placeProcess } from "../../scripts/bench/processors.ts";
import type { Program } from "../../scripts/bench/program.ts";

const COUNT = navigator.hardwareConcurrency;

/**
 * Gives a gateway's event loop a processor for itself; this process, the gateway's own further threads and a provider
 * share the rest. Some kernels of virtual machines put threads together on few processors, so that one waits though
 * another stands idle: then what is measured is how long that takes.
 *
 * The provider, which stands for another machine, lets the others go first. V8 marks what lives in threads of the
 * gateway's own; where the provider keeps these from it, the event loop has to, 5 ms at a time and for up to 80 of 90 ms.
 */
export async function ownProcessor(gateway: Program, provider: Program): Promise<void> {
  if (COUNT < 2) return;
  const rest = `1-${COUNT - 1}`;
  for (const { pid } of [Deno, gateway, provider]) await placeProcess(pid, rest);
  await placeMainThread(gateway.pid, "0");
  await giveWay(provider.pid);
}
