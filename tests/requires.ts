/**
 * Real programs that some tests drive. Where one is absent its tests are skipped, so that `deno task test`
 * passes on a bare machine; with `CI=true` its absence is an error, so that nothing is skipped unseen.
 */

/** The environment variable that holds each program's path. */
const TOOLS = { collector: "OTEL_COLLECTOR_BIN" } as const;

export type Tool = keyof typeof TOOLS;

/** The program's path, or null where it is absent. */
export function toolPath(tool: Tool): string | null {
  return Deno.env.get(TOOLS[tool]) || null;
}

/**
 * For a test's options: `Deno.test({ name, ...requires("collector"), fn })`.
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
