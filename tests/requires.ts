/**
 * Real programs that some tests drive. Where one is absent its tests are skipped, so that `deno task test`
 * passes on a bare machine; with `CI=true` its absence is an error, so that nothing is skipped unseen.
 */

/** How each program is found: an environment variable with its path, else its name on `PATH`. */
const TOOLS = {
  nginx: { command: "nginx" },
  wrk: { command: "wrk" },
  npx: { command: "npx" },
  collector: { variable: "OTEL_COLLECTOR_BIN" },
} as const satisfies Record<string, { command?: string; variable?: string }>;

export type Tool = keyof typeof TOOLS;

/** The program's path, or null where it is absent. */
export function toolPath(tool: Tool): string | null {
  const row: { command?: string; variable?: string } = TOOLS[tool];
  if (row.variable !== undefined) return Deno.env.get(row.variable) || null;
  // Debian keeps servers in /usr/sbin, which a user's PATH may lack.
  const directories = `${Deno.env.get("PATH") ?? ""}:/usr/local/sbin:/usr/sbin`.split(":");
  for (const directory of directories) {
    const path = `${directory}/${row.command}`;
    try {
      if (Deno.statSync(path).isFile) return path;
    } catch {
      continue;
    }
  }
  return null;
}

/**
 * For a test's options: `Deno.test({ name, ...requires("nginx"), fn })`.
 *
 * @throws {Error} with `CI=true` where the program is absent.
 */
export function requires(tool: Tool): { ignore: boolean } {
  const ignore = toolPath(tool) === null;
  if (ignore && Deno.env.get("CI") === "true") {
    throw new Error(`Cannot skip the tests that need "${tool}": CI=true requires it`);
  }
  return { ignore };
}
