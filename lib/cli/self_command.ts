/** Flags of the runtime that are one process's own. */
const NOT_INHERITED = /^--(watch|watch-hmr|watch-exclude|inspect|inspect-brk|inspect-wait)(=|$)/;

export interface SelfFacts {
  /** Whether this is a compiled binary. */
  readonly standalone: boolean;
  readonly execPath: string;
  readonly mainModule: string;
  /** The program's own arguments. */
  readonly args: readonly string[];
  /** All words of the process, NUL after each, as Linux has them in `/proc/self/cmdline`; null: unknown. */
  readonly commandLine: string | null;
}

/** How to start this program again, without arguments of its own: as it was started, from source or compiled. */
export function selfCommand(facts: SelfFacts): [string, ...string[]] {
  const { standalone, execPath, mainModule, args, commandLine } = facts;
  if (standalone) return [execPath];
  const words = commandLine?.split("\0").slice(0, -1) ?? [];
  const runtime = words.slice(1, words.length - args.length).filter((word) => !NOT_INHERITED.test(word));
  // Elsewhere nobody tells with which flags the runtime was started.
  return [execPath, ...(runtime.length > 0 ? runtime : ["run", "--allow-all", mainModule])];
}
