/** A server as a child process. */

export interface Program extends AsyncDisposable {
  readonly pid: number;
  readonly port: number;
}

export interface ProgramOptions {
  readonly command: readonly [string, ...string[]];
  readonly port: number;
  readonly env?: Readonly<Record<string, string>>;
}

const START_TIMEOUT_MS = 30_000;

/**
 * Starts a program and resolves once its port accepts.
 *
 * Its stdout goes through a pipe into `cat`, as into a container's runtime: a program that logs pays what
 * logging costs, and this process does not pay for reading it. `exec` keeps the pid that of the program.
 *
 * @throws {Error} where it does not listen within 30 s.
 */
export async function startProgram(options: ProgramOptions): Promise<Program> {
  const child = new Deno.Command("bash", {
    args: ["-c", `exec "$@" > >(exec cat >/dev/null)`, "program", ...options.command],
    ...(options.env === undefined ? {} : { env: { ...options.env } }),
    stdin: "null",
    stdout: "null",
    stderr: "inherit",
  }).spawn();
  let ended = false;
  const status = child.status.finally(() => ended = true);
  const stop = async () => {
    if (!ended) child.kill("SIGKILL");
    await status;
  };
  const end = performance.now() + START_TIMEOUT_MS;
  while (!await accepts(options.port)) {
    if (ended || performance.now() > end) {
      await stop();
      throw new Error(`Cannot start ${options.command.join(" ")}: it does not listen on ${options.port}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return { pid: child.pid, port: options.port, [Symbol.asyncDispose]: stop };
}

async function accepts(port: number): Promise<boolean> {
  try {
    (await Deno.connect({ hostname: "127.0.0.1", port })).close();
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.ConnectionRefused) return false;
    throw error;
  }
}

/** A port that was free a moment ago. */
export function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

/** The path of a file beside the benchmark's own. */
export function beside(name: string): string {
  return new URL(name, import.meta.url).pathname;
}

/** A program written for Deno, run with the Deno that runs this one. */
export function denoProgram(
  file: string,
  args: readonly string[],
  inspect?: number,
  more: readonly string[] = [],
): [string, ...string[]] {
  const flags = ["--allow-all", "--no-lock", "--config", beside("../../deno.json")];
  if (inspect !== undefined) flags.push(`--inspect=127.0.0.1:${inspect}`);
  return [Deno.execPath(), "run", ...flags, ...more, beside(file), ...args];
}
