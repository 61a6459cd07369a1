import type { CommandFlags, Flag } from "./args.ts";
import type { Command } from "./command.ts";

const ENVIRONMENT: readonly (readonly [name: string, about: string])[] = [
  ["CONFIG_PATH", "the configuration file"],
  ["PORT", "port to listen on"],
  ["LOG_LEVEL", "least serious level that is logged"],
  ["HTTPS_PROXY, HTTP_PROXY, NO_PROXY", "proxies for calls of providers"],
  ["OTEL_…", "OpenTelemetry's own, such as OTEL_EXPORTER_OTLP_ENDPOINT"],
];

/** `gateway --help`. */
export function programHelp(commands: readonly Command[]): string {
  return [
    "Usage: gateway [COMMAND] [FLAG]...",
    "",
    "One program between applications and model providers: it speaks the APIs that applications use, sends each",
    "request to the right model, and tells its operators what happened.",
    "",
    "Commands:",
    ...rows(commands.map(({ name, summary }) => [name, summary])),
    "",
    "Flags of serve:",
    ...flagRows(commands.find(({ name }) => name === "serve")?.flags ?? []),
    "",
    "Environment:",
    ...rows(ENVIRONMENT),
    "",
    'A flag may be written with one dash or two, its value behind "=" or a space.',
    'Try "gateway COMMAND --help" for more of a command.',
  ].join("\n");
}

/** `gateway COMMAND --help`. */
export function commandHelp(command: Command): string {
  return [
    `Usage: gateway ${command.name}${command.flags.length > 0 ? " [FLAG]..." : ""}${operandOf(command)}`,
    "",
    command.about,
    ...(command.flags.length > 0 ? ["", "Flags:", ...flagRows(command.flags)] : []),
    "",
    "Examples:",
    ...command.examples.map((example) => `  ${example}`),
  ].join("\n");
}

function operandOf({ operand }: CommandFlags): string {
  if (operand === undefined) return "";
  // One that names each of them has said how many there are.
  return ` ${operand.value}${operand.several && !operand.value?.includes(" ") ? "..." : ""}`;
}

function flagRows(flags: readonly Flag[]): string[] {
  return rows(
    flags.map(({ name, short, value, several, about }) => [
      `${short === undefined ? "" : `-${short}, `}--${name}${value === null ? "" : ` ${value}`}${
        several ? "..." : ""
      }`,
      about,
    ]),
  );
}

function rows(pairs: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(...pairs.map(([first]) => first.length));
  return pairs.map(([first, second]) => `  ${first.padEnd(width)}  ${second}`);
}
