import type { ConfigSources, LoadedConfig } from "../config/load.ts";
import type { NativeForm } from "../config/native_form.ts";
import { type Flags, flagValue } from "./command.ts";
import type { System } from "./system.ts";

/** Flags that set a key of the configuration. */
const SETTING_FLAGS: Readonly<Record<string, readonly string[]>> = {
  host: ["server", "host"],
  port: ["server", "port"],
  "log-level": ["logging", "level"],
};

function named(flags: Flags, system: System): boolean {
  return flags.has("config") || (system.env("CONFIG_PATH") ?? "") !== "";
}

/** Which file the configuration is read from. */
export function configPath(flags: Flags, system: System): string {
  return flagValue(flags, "config") ?? (system.env("CONFIG_PATH") || "config.yaml");
}

/**
 * More than shells and systemd let a process open unless they are told otherwise. Whoever raised the limit knows it,
 * and to find a larger one would make each start longer.
 */
const MOST_COUNTED = 1088;

/** What the system says; a binary may not read that, and counts. */
function openFiles(system: System, parse: (limits: string) => number | undefined): number | undefined {
  try {
    return parse(system.readFile("/proc/self/limits"));
  } catch {
    return system.openableFiles(MOST_COUNTED);
  }
}

/** Reads a configuration, again and again where that is wanted. */
export interface ConfigReader {
  /** @param text of the file, where it is at hand. Rejects with a ConfigError. */
  read(text?: string): Promise<LoadedConfig>;
  /** The file alone, in the gateway's own words. Rejects as {@linkcode read} does. */
  native(): Promise<NativeForm>;
  /** The file's text; undefined where it cannot be read, which {@linkcode read} says. */
  text(): string | undefined;
}

/** Reads the configuration that flags, environment and file give. */
export async function configReader(flags: Flags, system: System): Promise<ConfigReader> {
  const [{ loadConfig, readNativeForm }, { dialectsFor }, { parseOpenFiles }] = await Promise.all([
    import("../config/load.ts"),
    import("../config/dialects.ts"),
    import("../config/open_files.ts"),
  ]);
  const settings = Object.entries(SETTING_FLAGS).flatMap(([name, path]) => {
    const value = flagValue(flags, name);
    return value === null ? [] : [{ path, value, flag: `--${name}` }];
  });
  // Once: while the gateway runs, files that are opened to be counted could be what somebody else lacks.
  const files = openFiles(system, parseOpenFiles);
  const readText = () => {
    try {
      return system.readFile(configPath(flags, system));
    } catch {
      return undefined;
    }
  };
  const sources = async (text = readText()): Promise<ConfigSources> => ({
    text,
    dialects: await dialectsFor(text ?? ""),
    path: configPath(flags, system),
    env: (name) => system.env(name),
    readFile: (path) => system.readFile(path),
    readLater: (path) => system.readLater(path),
    flags: settings,
    openFiles: files,
    processors: system.processors,
  });
  return {
    text: readText,
    read: async (text) => loadConfig(await sources(text)),
    native: async () => readNativeForm(await sources()),
  };
}

/**
 * Loads the configuration that flags, environment and file give. What is wrong with it goes to standard error,
 * one line each, and the result is null.
 */
export async function loadSettings(flags: Flags, system: System): Promise<LoadedConfig | null> {
  return await printProblems(await configReader(flags, system), flags, system);
}

/** What it reads; what is wrong with it goes to standard error, one line each, and the result is null. */
export async function printProblems<Read>(
  reader: { read(): Promise<Read> },
  flags: Flags,
  system: System,
): Promise<Read | null> {
  const { ConfigError } = await import("../config/problem.ts");
  try {
    return await reader.read();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    for (const line of error.message.split("\n")) system.err(line);
    if (
      !named(flags, system) && error.problems.every(({ path, line }) => path.length === 0 && line === null)
    ) {
      system.err("gateway: name a configuration with --config or CONFIG_PATH");
      return null;
    }
    const count = error.problems.length;
    system.err(`gateway: ${count === 1 ? "one problem" : `${count} problems`} with the configuration`);
    return null;
  }
}
