import { cpuUsage } from "node:process";
import type { Registry } from "./registry.ts";

/** Shows what the operating system says of this process, at each scrape. What it does not say is left out. */
export function exposeProcess(registry: Registry): void {
  registry.read("process_cpu_seconds_total", [], () => {
    const { user, system } = cpuUsage();
    return (user + system) / 1e6;
  });
  registry.read("process_resident_memory_bytes", [], () => Deno.memoryUsage().rss);
  registry.read("process_open_fds", [], openFileDescriptors);
}

/** Only Linux tells; elsewhere the look throws, and the metric is absent. */
function openFileDescriptors(): number {
  let count = 0;
  for (const _entry of Deno.readDirSync("/proc/self/fd")) count++;
  // One of them is the look itself.
  return count - 1;
}
