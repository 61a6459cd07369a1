import { type CommandFlags, type Flag, type Flags, UsageError } from "./args.ts";
import type { System } from "./system.ts";

export type { Flags };

/** A command of the program. */
export interface Command extends CommandFlags {
  /** It is for the program itself: no list shows it. */
  readonly hidden?: boolean;
  /** One line, for the list of commands. */
  readonly summary: string;
  /** What its help says between usage and flags. */
  readonly about: string;
  /** Examples, each a command line. */
  readonly examples: readonly string[];
  /** @returns the exit code. */
  run(flags: Flags, system: System): Promise<number>;
}

/** Flags that more than one command has. */
export const CONFIG_FLAG: Flag = {
  name: "config",
  value: "FILE",
  about: "the configuration (else CONFIG_PATH, else config.yaml)",
};

export const HOST_FLAG: Flag = { name: "host", value: "ADDRESS", about: "address to listen on" };

export const PORT_FLAG: Flag = {
  name: "port",
  value: "PORT",
  about: "port to listen on; 0 lets the system choose",
};

export const LOG_LEVEL_FLAG: Flag = {
  name: "log-level",
  value: "LEVEL",
  about: "DEBUG, INFO, WARNING, ERROR or CRITICAL",
};

/** The value of a flag that has one; null where it was not given. */
export function flagValue(flags: Flags, name: string): string | null {
  const value = flags.get(name);
  return typeof value === "string" ? value : null;
}

/** The values of a flag or operand that takes several; none where it was not given. */
export function flagValues(flags: Flags, name: string): readonly string[] {
  const value = flags.get(name);
  return Array.isArray(value) ? value : typeof value === "string" ? [value] : [];
}

/**
 * The number that a flag was given, `otherwise` where it was not.
 * @throws {UsageError} where it is none, or lies outside.
 */
export function flagNumber<Otherwise extends number | null>(
  flags: Flags,
  name: string,
  command: string,
  otherwise: Otherwise,
  { min = 0, max = Infinity, whole = false }: { min?: number; max?: number; whole?: boolean } = {},
): number | Otherwise {
  const text = flagValue(flags, name);
  if (text === null) return otherwise;
  const value = Number(text);
  if (text.trim() !== "" && value >= min && value <= max && (!whole || Number.isInteger(value))) return value;
  const kind = whole ? "a whole number" : "a number";
  const range = max === Infinity ? `of at least ${min}` : `from ${min} to ${max}`;
  throw new UsageError(`--${name}: expected ${kind} ${range}, got "${text}"`, command);
}
