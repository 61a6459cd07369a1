import type { System } from "./system.ts";

/** Exit codes of a process that a signal ended. */
const SIGNAL_CODES = { SIGTERM: 143, SIGINT: 130 } as const;

/**
 * The first signal drains, the second ends the process.
 * @param last done before the process is ended.
 * @returns what stops listening.
 */
export function stopOnSignal(
  system: System,
  shutdown: () => Promise<void>,
  last: () => void = () => {},
): () => void {
  let stopping = false;
  return system.onStop((signal) => {
    if (stopping) {
      last();
      system.exit(SIGNAL_CODES[signal]);
    }
    stopping = true;
    if (system.terminal) system.out("Open requests may end; once more ends them now.");
    shutdown();
  });
}
