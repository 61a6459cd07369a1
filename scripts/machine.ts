import { cpus } from "node:os";

/** The machine in a few words, for figures that mean nothing without it. */
export function machine(): string {
  return `${cpus().length} × ${cpus()[0]?.model ?? "unknown"}, Linux ${Deno.osRelease()}`;
}
