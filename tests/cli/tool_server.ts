import { run } from "../../lib/cli/run.ts";
import { createMockHandler } from "../../lib/providers/mock.ts";
import { fakeSystem } from "./fake_system.ts";

/** A server on a port of its own, for as long as `use` takes. */
export async function withServer<T>(
  handler: (request: Request) => Response | Promise<Response>,
  use: (url: string) => Promise<T>,
): Promise<T> {
  await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, handler);
  return await use(`http://127.0.0.1:${server.addr.port}`);
}

/** The mock provider, which behaves so. */
export function withMock<T>(
  behaviour: string,
  use: (url: string) => Promise<T>,
  models?: string[],
): Promise<T> {
  return withServer(createMockHandler({ behaviour, ...(models === undefined ? {} : { models }) }), use);
}

export interface Ran {
  readonly code: number;
  /** All of standard output. */
  readonly output: string;
  readonly errors: string;
  /** Standard output as JSON. */
  // deno-lint-ignore no-explicit-any -- a test knows what it asked for
  readonly json: any;
}

/** Runs a command of the program. */
export async function runTool(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  input: BlobPart = "",
): Promise<Ran> {
  const system = fakeSystem({}, env, false, input);
  const code = await run(args, system);
  const output = system.output.join("\n");
  return {
    code,
    output,
    errors: system.errors.join("\n"),
    get json() {
      return JSON.parse(output);
    },
  };
}
