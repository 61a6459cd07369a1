import { allDialects } from "../../lib/config/dialects.ts";
import { ConfigError } from "../../lib/config/problem.ts";
import { type ConfigSources, loadConfig, type LoadedConfig } from "../../lib/config/load.ts";

const DIALECTS = await allDialects();

export interface TestSources {
  readonly env?: Readonly<Record<string, string>>;
  readonly files?: Readonly<Record<string, string>>;
  readonly flags?: ConfigSources["flags"];
}

/** Loads a text as `config.yaml`, with these variables and files and no others. */
export function loadText(text: string, { env = {}, files = {}, flags }: TestSources = {}): LoadedConfig {
  return loadConfig({
    path: "config.yaml",
    text,
    dialects: DIALECTS,
    env: (name) => env[name],
    readFile(path) {
      const content = files[path];
      if (content === undefined) throw new Deno.errors.NotFound(path);
      return content;
    },
    flags,
  });
}

/** The lines that say what is wrong with a text; empty where it is good. */
export function problemsOf(text: string, sources: TestSources = {}): string[] {
  try {
    loadText(text, sources);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.message.split("\n");
    throw error;
  }
}
