import { assertEquals } from "@std/assert";
import { selfCommand } from "../../lib/cli/self_command.ts";

const SOURCE = {
  standalone: false,
  execPath: "/usr/bin/deno",
  mainModule: "file:///src/main.ts",
  args: ["serve", "--port", "0"],
};

const words = (...all: string[]) => all.map((word) => `${word}\0`).join("");

Deno.test("selfCommand() starts a binary as it is", () => {
  const facts = { ...SOURCE, standalone: true, execPath: "/opt/gateway", commandLine: null };
  assertEquals(selfCommand(facts), ["/opt/gateway"]);
});

Deno.test("selfCommand() starts the source with the runtime's flags, but those that are one process's own", () => {
  const commandLine = words(
    "deno",
    "run",
    "-A",
    "--watch",
    "--inspect=127.0.0.1:9229",
    "--v8-flags=--x",
    "main.ts",
    "serve",
    "--port",
    "0",
  );
  assertEquals(selfCommand({ ...SOURCE, commandLine }), [
    "/usr/bin/deno",
    "run",
    "-A",
    "--v8-flags=--x",
    "main.ts",
  ]);
});

Deno.test("selfCommand() keeps empty arguments apart from flags", () => {
  const commandLine = words("deno", "run", "-A", "main.ts", "serve", "");
  assertEquals(selfCommand({ ...SOURCE, args: ["serve", ""], commandLine }), [
    "/usr/bin/deno",
    "run",
    "-A",
    "main.ts",
  ]);
});

Deno.test("selfCommand() starts the main module where nobody tells the flags", () => {
  assertEquals(selfCommand({ ...SOURCE, commandLine: null }), [
    "/usr/bin/deno",
    "run",
    "--allow-all",
    "file:///src/main.ts",
  ]);
});
