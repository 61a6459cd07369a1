import { assertEquals, assertThrows } from "@std/assert";
import { type CommandFlags, parseArgs, UsageError } from "../../lib/cli/args.ts";

const COMMANDS: readonly CommandFlags[] = [
  {
    name: "serve",
    flags: [
      { name: "config", value: "FILE", about: "" },
      { name: "port", value: "PORT", about: "" },
    ],
  },
  {
    name: "check-config",
    flags: [
      { name: "config", value: "FILE", about: "" },
      { name: "show", value: null, about: "" },
    ],
  },
  {
    name: "compare",
    operand: { name: "files", value: "FILE", several: true, about: "" },
    flags: [
      { name: "models", value: "MODEL", several: true, about: "" },
      { name: "verbose", short: "v", value: null, about: "" },
      // Another command gives it a value.
      { name: "port", value: null, about: "" },
    ],
  },
];

const GOOD: readonly (readonly [
  line: string,
  command: string | null,
  flags: Record<string, string | true | string[]>,
])[] = [
  ["", null, {}],
  ["serve", "serve", {}],
  ["--config x", null, { config: "x" }],
  ["-config x", null, { config: "x" }],
  ["--config=x", null, { config: "x" }],
  ["-config=x", null, { config: "x" }],
  ["-config=a=b", null, { config: "a=b" }],
  ["--config --odd-name", null, { config: "--odd-name" }],
  ["serve --port 1 --config x", "serve", { port: "1", config: "x" }],
  ["--config serve serve", "serve", { config: "serve" }],
  ["--config x check-config --show", "check-config", { config: "x", show: true }],
  ["check-config -show", "check-config", { show: true }],
  ["--port 1 --port 2", null, { port: "2" }],
  ["--port -1", null, { port: "-1" }],
  ["compare --models a:1 b,c", "compare", { models: ["a:1", "b,c"] }],
  ["compare --models a b -v", "compare", { models: ["a", "b"], verbose: true }],
  ["compare --models=a b --models c", "compare", { models: ["a", "b", "c"] }],
  ["compare x - -v y", "compare", { files: ["x", "-", "y"], verbose: true }],
  ["compare --port x", "compare", { port: true, files: ["x"] }],
  ["-v compare", "compare", { verbose: true }],
];

for (const [line, command, flags] of GOOD) {
  Deno.test(`parseArgs() reads "${line}"`, () => {
    const parsed = parseArgs(line.split(" ").filter((word) => word !== ""), COMMANDS, "serve");
    assertEquals([parsed.command, Object.fromEntries(parsed.flags), parsed.help], [command, flags, false]);
  });
}

for (const line of ["--help", "-help", "-h", "serve --help", "--config x -h"]) {
  Deno.test(`parseArgs() takes "${line}" for a call for help`, () => {
    assertEquals(parseArgs(line.split(" "), COMMANDS, "serve").help, true);
  });
}

const BAD: readonly (readonly [line: string, message: string])[] = [
  ["sevre", 'unknown command "sevre"; did you mean "serve"?'],
  ["frobnicate", 'unknown command "frobnicate"'],
  ["serve x", 'unexpected argument "x"'],
  ["--prot 1", 'unknown flag --prot; did you mean "--port"?'],
  ["--prot=planted", 'unknown flag --prot; did you mean "--port"?'],
  ["-zzzzzzzz", "unknown flag -zzzzzzzz"],
  ["compare --models", "--models needs a value, MODEL"],
  ["compare --verbose=1", "--verbose takes no value"],
  ["serve --show", "serve has no flag --show"],
  ["--show", "serve has no flag --show"],
  ["check-config --port 1", "check-config has no flag --port"],
  ["check-config --show=yes", "--show takes no value"],
  ["-config", "-config needs a value, FILE"],
  ["--config=", "--config needs a value, FILE"],
];

for (const [line, message] of BAD) {
  Deno.test(`parseArgs() says "${message}" of "${line}"`, () => {
    const error = assertThrows(() => parseArgs(line.split(" "), COMMANDS, "serve"), UsageError);
    assertEquals(error.message, message);
  });
}
