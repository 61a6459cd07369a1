import { parseArgs, UsageError } from "./args.ts";
import { checkConfig } from "./check_config.ts";
import { classify } from "./classify.ts";
import type { Command } from "./command.ts";
import { explain } from "./explain.ts";
import { healthcheck } from "./healthcheck.ts";
import { commandHelp, programHelp } from "./help.ts";
import { mock } from "./mock.ts";
import { providers } from "./providers.ts";
import { ToolError } from "../tools/tool_error.ts";
import { serve } from "./serve.ts";
import type { System } from "./system.ts";
import { TOOLS } from "./tools.ts";
import { version } from "./version.ts";
import { worker } from "./worker.ts";

/** The commands, in the order of the help. */
const COMMANDS: readonly Command[] = [
  serve,
  checkConfig,
  explain,
  classify,
  providers,
  mock,
  healthcheck,
  version,
  worker,
];

/** Spellings of other programs. */
const ALIASES: Readonly<Record<string, string>> = {
  "--version": "version",
  "-version": "version",
  "-V": "version",
};

/** Does what the command line says. @returns the exit code. */
export async function run(args: readonly string[], system: System): Promise<number> {
  const [first, ...rest] = args;
  const words = [ALIASES[first ?? ""] ?? first, ...rest].filter((word) => word !== undefined);
  // `gateway help mock` is `gateway mock --help`.
  const line = first === "help" ? [...rest, "--help"] : words;
  try {
    const commands = [...COMMANDS, ...await toolsFor(line)];
    const parsed = parseArgs(line, commands, serve.name);
    const command = commands.find(({ name }) => name === parsed.command);
    if (parsed.help) {
      system.out(
        command === undefined
          ? programHelp(commands.filter(({ hidden }) => hidden !== true))
          : commandHelp(command),
      );
      return 0;
    }
    return await (command ?? serve).run(parsed.flags, system);
  } catch (error) {
    if (error instanceof ToolError) {
      system.err(`gateway: ${error.message}`);
      return error.code;
    }
    if (!(error instanceof UsageError)) throw error;
    system.err(`gateway: ${error.message}`);
    const command = error.command ?? named(line);
    system.err(`Try "gateway ${command === null ? "" : `${command} `}--help".`);
    return 2;
  }
}

/** The command that a line names, though it cannot be read; null: none. */
function named(line: readonly string[]): string | null {
  return line.find((word) => word in TOOLS || COMMANDS.some(({ name }) => name === word)) ?? null;
}

/** The tools that a command line may be about: none where it names another command, as far as can be seen. */
async function toolsFor(line: readonly string[]): Promise<readonly Command[]> {
  const [first = ""] = line;
  // A server that starts does not wait for what it will not need.
  if (COMMANDS.some(({ name }) => name === first) || line.length === 0) return [];
  const named = Object.entries(TOOLS).filter(([name]) => line.includes(name));
  const beginsWithFlag = first.startsWith("-") && first !== "--help" && first !== "-h";
  const some = named.length > 0 ? named : beginsWithFlag ? [] : Object.entries(TOOLS);
  return await Promise.all(some.map(([, load]) => load()));
}
