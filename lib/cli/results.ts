import { exportTo } from "../tools/export.ts";
import { rounded } from "../tools/rounded.ts";
import { type Flags, flagValue } from "./command.ts";
import type { System } from "./system.ts";

/** Works until it is done, or the user says to stop: then it is to give what it has. */
export async function untilStopped<T>(
  system: System,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const ending = new AbortController();
  const release = system.onStop(() => ending.abort());
  try {
    return await work(ending.signal);
  } finally {
    system.progress(null);
    release();
  }
}

export interface Results {
  /** For programs: what a file has, and `--json` prints. */
  readonly json: Record<string, unknown>;
  /** The page, which keeps the same. */
  page(data: unknown): string;
  /** For people. */
  lines(): string[];
}

/** Prints results, and writes them where `--export` says. @throws {ToolError} where that cannot be written. */
export async function publish({ json, page, lines }: Results, flags: Flags, system: System): Promise<void> {
  const data = rounded(json);
  const file = flagValue(flags, "export");
  if (file !== null) await exportTo(file, data, () => page(data));
  if (flags.has("json")) system.out(JSON.stringify(data, null, 2));
  else {
    for (const line of lines()) system.out(line);
    if (file !== null) system.out(`\nwritten to ${file}`);
  }
}
