import { nearest } from "../nearest.ts";

/** One flag of a command. */
export interface Flag {
  /** Without dashes. */
  readonly name: string;
  /** One letter, for `-v`. */
  readonly short?: string;
  /** What stands for its value in the help; null: it has none. */
  readonly value: string | null;
  /** It takes every word up to the next flag, and may be given again. */
  readonly several?: true;
  readonly about: string;
}

/** What flags were given, by name without dashes: true without a value, a list where it takes several. */
export type Flags = ReadonlyMap<string, string | true | readonly string[]>;

/** What the parser has to know of a command. */
export interface CommandFlags {
  readonly name: string;
  readonly flags: readonly Flag[];
  /** What may stand behind the command without a flag; it is among the flags by its name. */
  readonly operand?: Pick<Flag, "name" | "value" | "several" | "about">;
}

export interface ParsedArgs {
  /** Null where none was named. */
  readonly command: string | null;
  readonly flags: Flags;
  readonly help: boolean;
}

/** The command line means nothing; the message says why. Exit code 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
  /** Whose help to point to; null: that of the command that was named, or the program's. */
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
  const given: { flag: string; written: string; values: string[] | null }[] = [];
  const words: string[] = [];
  let help = false;
  for (let i = 0; i < args.length; i++) {
    const arg = args[i] ?? "";
    const match = FLAG.exec(arg);
    if (match?.[1] === undefined) {
      words.push(arg);
      continue;
    }
    const [, written, inline] = match;
    if (written === "h" || written === "help") {
      help = true;
      continue;
    }
    const rows = rowsOf(written, commands, words[0]);
    const [row] = rows;
    if (row === undefined) throw unknownFlag(arg, written, commands);
    const values = inline === undefined ? [] : [inline];
    const takes = (place: number) =>
      rows.some(({ value }) => value !== null) && args[place] !== undefined &&
      (values.length === 0 || row.several === true && !FLAG.test(args[place]));
    while (takes(i + 1)) values.push(args[++i] ?? "");
    given.push({ flag: row.name, written: withoutValue(arg), values: values.length === 0 ? null : values });
  }
  const [command, operands] = commandOf(words, commands);
  const owner = commands.find(({ name }) => name === (command ?? fallback));
  const flags = new Map<string, string | true | readonly string[]>();
  for (const { flag, written, values } of given) {
    const row = owner?.flags.find(({ name }) => name === flag);
    if (row === undefined) throw noSuchFlag(written, command ?? fallback);
    flags.set(flag, valueOf(row, written, values, owner?.name ?? fallback, flags.get(flag)));
  }
  const { operand } = owner ?? {};
  const [first] = operands;
  if (operand !== undefined && first !== undefined) {
    flags.set(operand.name, operand.several ? operands : first);
  }
  return { command, flags, help };
}

const FLAG = /^--?([^=-][^=]*)(?:=(.*))?$/s;

/** The rows that a flag may be: of the command, where that was named before it. */
function rowsOf(written: string, commands: readonly CommandFlags[], command: string | undefined): Flag[] {
  const named = commands.filter(({ name }) => name === command);
  for (const some of [named, commands]) {
    const rows = some.flatMap(({ flags }) =>
      flags.filter((it) => it.name === written || it.short === written)
    );
    if (rows.length > 0) return rows;
  }
  return [];
}

/** The command, and what stands behind it. */
function commandOf(
  words: readonly string[],
  commands: readonly CommandFlags[],
): [command: string | null, operands: readonly string[]] {
  const [word, ...operands] = words;
  if (word === undefined) return [null, []];
  const command = commands.find(({ name }) => name === word);
  if (command === undefined) {
    const near = nearest(word, commands.map(({ name }) => name));
    throw new UsageError(`unknown command "${word}"${didYouMean(near)}`, null);
  }
  const { operand } = command;
  const extra = operand === undefined ? operands[0] : operand.several ? undefined : operands[1];
  if (extra !== undefined) throw new UsageError(`unexpected argument "${extra}"`, word);
  return [word, operands];
}

function valueOf(
  row: Flag,
  written: string,
  values: readonly string[] | null,
  command: string,
  before: string | true | readonly string[] | undefined,
): string | true | readonly string[] {
  if (row.value === null) {
    if (values !== null) throw new UsageError(`${written} takes no value`, command);
    return true;
  }
  const [value] = values ?? [];
  if (values === null || value === undefined || value === "") {
    throw new UsageError(`${written} needs a value, ${row.value}`, command);
  }
  return row.several ? [...(Array.isArray(before) ? before : []), ...values] : value;
}

function noSuchFlag(written: string, command: string): UsageError {
  return new UsageError(`${command} has no flag ${written}`, command);
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
