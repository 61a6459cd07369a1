import { assertEquals } from "@std/assert";
import { type Tool, toolPath } from "./requires.ts";

export interface RunOptions {
  /** Where it runs. */
  readonly cwd: string;
  /** Its standard input. */
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs a real program to its end. @returns what it printed, both ways. Fails where it exits with another code. */
export async function runTool(tool: Tool, args: readonly string[], options: RunOptions): Promise<string> {
  const child = new Deno.Command(toolPath(tool) ?? "", {
    args: [...args],
    cwd: options.cwd,
    env: options.env ?? {},
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  // A program that reads none of it closes its end.
  writer.write(new TextEncoder().encode(options.input ?? "")).catch(() => {});
  writer.close().catch(() => {});
  const { code, stdout, stderr } = await child.output();
  const said = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
  assertEquals(code, 0, `${tool} ${args.join(" ")}\n${said}`);
  return said;
}
