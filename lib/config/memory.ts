import type { Report } from "./check.ts";
import type { FileConfig } from "./schema.ts";
import { formatSize } from "./size.ts";

/** What a process holds that has nothing to do (160 MB were measured), and a little to work with. */
const LEAST = 192 * 1024 ** 2;

/** A limit that a process exceeds by being there would refuse every request for ever. */
export function checkMemory({ max_memory }: FileConfig["server"], workers: number, report: Report): void {
  if (max_memory === null || max_memory >= LEAST * workers) return;
  const least = workers === 1 ? formatSize(LEAST) : `${formatSize(LEAST * workers)} for ${workers} workers`;
  report.add(
    ["server", "max_memory"],
    `is ${formatSize(max_memory)}, which a gateway takes that does nothing; expected at least ${least}`,
  );
}
