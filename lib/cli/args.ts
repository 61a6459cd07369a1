import { nearest } from "../nearest.ts";

/** One flag of a command. */
export interface Flag {
  /** Without dashes. */
  readonly name: string;
  /** What stands for its value in the help; null: it has none. */
  readonly value: string | null;
  readonly about: string;
}

/** What the parser has to know of a command. */
export interface CommandFlags {
  readonly name: string;
  readonly flags: readonly Flag[];
  /** What may stand behind the command without a flag; it is among the flags by its name. */
  readonly operand?: Flag;
}

export interface ParsedArgs {
  /** Null where none was named. */
  readonly command: string | null;
  /** By name without dashes; a flag without a value is `true`. */
  readonly flags: ReadonlyMap<string, string | true>;
  readonly help: boolean;
}

/** The command line means nothing; the message says why. Exit code 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
  /** Whose help to point to; null: the program's. */
  readonly command: string | null;

  constructor(message: string, command: string | null) {
    super(message);
    this.command = command;
  }
}

/**
 * Reads `[COMMAND] [FLAG]…`, a flag with one dash or two, its value behind `=` or a space. The last of several
 * counts. Flags may stand before the command.
 *
 * @param fallback the command that is meant where none is named.
 * @throws {UsageError}
 */
export function parseArgs(
  args: readonly string[],
  commands: readonly CommandFlags[],
  fallback: string,
): ParsedArgs {
  const given: { flag: string; written: string; value: string | null }[] = [];
  const words: string[] = [];
  let help = false;
  for (let i = 0; i < args.length; i++) {
    const arg = args[i] ?? "";
    const match = /^--?([^=-][^=]*)(?:=(.*))?$/s.exec(arg);
    if (match?.[1] === undefined) {
      words.push(arg);
      continue;
    }
    const [, flag, inline] = match;
    if (flag === "h" || flag === "help") {
      help = true;
      continue;
    }
    const owner = commands.find(({ flags }) => flags.some(({ name }) => name === flag));
    if (owner === undefined) throw unknownFlag(arg, flag, commands);
    const takesValue = commands.some(({ flags }) =>
      flags.some(({ name, value }) => name === flag && value !== null)
    );
    const next = args[i + 1];
    const separate = takesValue && inline === undefined && next !== undefined;
    if (separate) i++;
    given.push({ flag, written: withoutValue(arg), value: inline ?? (separate ? next : null) });
  }
  const [command, operand] = commandOf(words, commands);
  const name = command ?? fallback;
  const known = commands.find((candidate) => candidate.name === name)?.flags ?? [];
  const flags = new Map(
    given.map(({ flag, written, value }) => [flag, valueOf(flag, written, value, known, name)]),
  );
  if (operand !== null) flags.set(operand.name, operand.value);
  return { command, flags, help };
}

/** The command, and what stands behind it. */
function commandOf(
  words: readonly string[],
  commands: readonly CommandFlags[],
): [command: string | null, operand: { readonly name: string; readonly value: string } | null] {
  const [word, first, second] = words;
  if (word === undefined) return [null, null];
  const command = commands.find(({ name }) => name === word);
  if (command === undefined) {
    const near = nearest(word, commands.map(({ name }) => name));
    throw new UsageError(`unknown command "${word}"${didYouMean(near)}`, null);
  }
  const { operand } = command;
  const extra = operand === undefined ? first : second;
  if (extra !== undefined) throw new UsageError(`unexpected argument "${extra}"`, word);
  return [word, operand === undefined || first === undefined ? null : { name: operand.name, value: first }];
}

function valueOf(
  flag: string,
  written: string,
  value: string | null,
  known: readonly Flag[],
  command: string,
): string | true {
  const row = known.find(({ name }) => name === flag);
  if (row === undefined) throw new UsageError(`${command} has no flag ${written}`, command);
  if (row.value === null) {
    if (value !== null) throw new UsageError(`${written} takes no value`, command);
    return true;
  }
  if (value === null || value === "") throw new UsageError(`${written} needs a value, ${row.value}`, command);
  return value;
}

function unknownFlag(arg: string, flag: string, commands: readonly CommandFlags[]): UsageError {
  const near = nearest(flag, commands.flatMap(({ flags }) => flags.map(({ name }) => name)));
  const advice = didYouMean(near === null ? null : `--${near}`);
  return new UsageError(`unknown flag ${withoutValue(arg)}${advice}`, null);
}

/** What stands behind `=` may be a secret. */
function withoutValue(arg: string): string {
  return arg.replace(/=.*$/s, "");
}

function didYouMean(name: string | null): string {
  return name === null ? "" : `; did you mean "${name}"?`;
}
