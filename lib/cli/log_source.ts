import type { System } from "./system.ts";

/** Where the guides have the log. */
const USUAL = "/var/log/litellm/requests.log";

/** The log that is meant where none is named: the configured one, else the guides'; null: neither is there. */
export async function usualLog(system: System): Promise<string | null> {
  const paths = [await configuredLog(system), USUAL];
  return paths.find((path) => path !== null && exists(path)) ?? null;
}

/** The files that a log has set aside, with it itself, the oldest first. */
export async function withRotated(path: string): Promise<string[]> {
  const slash = path.lastIndexOf("/");
  const [folder, name] = slash < 0 ? [".", path] : [path.slice(0, slash) || "/", path.slice(slash + 1)];
  const found: { path: string; time: number }[] = [];
  for await (const entry of Deno.readDir(folder)) {
    if (!entry.isFile || !entry.name.startsWith(name)) continue;
    if (!ROTATED.test(entry.name.slice(name.length))) continue;
    const file = slash < 0 ? entry.name : `${path.slice(0, slash)}/${entry.name}`;
    found.push({ path: file, time: (await Deno.stat(file)).mtime?.getTime() ?? 0 });
  }
  return found.sort((a, b) => a.time - b.time || a.path.localeCompare(b.path)).map((each) => each.path);
}

/** What follows a log's name: nothing, a number, a date or a time, and how it is compressed. */
const ROTATED = /^(?:[.-]\d[\dTZ:_.-]*?)?(?:\.gz)?$/;

async function configuredLog(system: System): Promise<string | null> {
  const { configReader } = await import("./settings.ts");
  const { ConfigError } = await import("../config/problem.ts");
  try {
    const { config } = await (await configReader(new Map(), system)).read();
    return config.logging.log_file ?? null;
  } catch (error) {
    // A tool does not need a configuration.
    if (error instanceof ConfigError) return null;
    throw error;
  }
}

function exists(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}
