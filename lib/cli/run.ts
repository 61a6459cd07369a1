import { parseArgs, UsageError } from "./args.ts";
import { checkConfig } from "./check_config.ts";
import { classify } from "./classify.ts";
import type { Command } from "./command.ts";
import { explain } from "./explain.ts";
import { healthcheck } from "./healthcheck.ts";
import { commandHelp, programHelp } from "./help.ts";
import { mock } from "./mock.ts";
import { providers } from "./providers.ts";
import { serve } from "./serve.ts";
import type { System } from "./system.ts";
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
    const parsed = parseArgs(line, COMMANDS, serve.name);
    const command = COMMANDS.find(({ name }) => name === parsed.command);
    if (parsed.help) {
      system.out(
        command === undefined
          ? programHelp(COMMANDS.filter(({ hidden }) => hidden !== true))
          : commandHelp(command),
      );
      return 0;
    }
    return await (command ?? serve).run(parsed.flags, system);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    system.err(`gateway: ${error.message}`);
    system.err(`Try "gateway ${error.command === null ? "" : `${error.command} `}--help".`);
    return 2;
  }
}
