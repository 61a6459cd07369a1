import type { Environment } from "./environment.ts";
import { formatPath, type Path, valueAt } from "./path.ts";
import { Secret } from "./secret.ts";
import { substitute, unreadable } from "./substitution.ts";

/** What became of a secret's files since they were looked at last. */
export interface SecretChange {
  /** The key, as in `providers.openai.api_key`. */
  readonly key: string;
  readonly kind: "changed" | "unreadable" | "readable_again";
  /** What is wrong; names the file and nothing of what is in it. Empty unless it is unreadable. */
  readonly message: string;
}

/** Reads a text file. @throws where it cannot. */
export type ReadLater = (path: string) => Promise<string>;

interface LiveSecret {
  readonly key: string;
  /** As it is written, with its `${file:…}`. */
  readonly given: string;
  readonly files: readonly string[];
  readonly secret: Secret;
  failing: boolean;
}

/**
 * Secrets of providers that come from files, which may change while the gateway runs: mounted secrets are rotated,
 * tokens renewed. A file that cannot be read, or is empty, leaves the last good value in force.
 */
export class LiveSecrets {
  readonly #secrets: readonly LiveSecret[];
  readonly #env: Environment;
  readonly #read: ReadLater;

  /**
   * @param fromFiles values that were made with files, by path.
   * @param config the validated configuration, in which the secrets are replaced.
   */
  constructor(
    fromFiles: readonly { readonly path: Path; readonly given: string }[],
    config: unknown,
    env: Environment,
    read: ReadLater,
  ) {
    this.#env = env;
    this.#read = read;
    this.#secrets = fromFiles.flatMap(({ path, given }) => {
      const secret = path[0] === "providers" ? valueAt(config, path) : undefined;
      if (!(secret instanceof Secret)) return [];
      const files: string[] = [];
      const readFile = (file: string) => {
        files.push(file);
        return "";
      };
      substitute(given, { env, readFile });
      return [{ key: formatPath(path), given, files, secret, failing: false }];
    });
  }

  /** How many there are; with none, nothing has to be watched. */
  get size(): number {
    return this.#secrets.length;
  }

  /** Reads all files again. @returns what has changed, each fact once. Rejects never. */
  async refresh(): Promise<SecretChange[]> {
    const changes = await Promise.all(this.#secrets.map((each) => this.#refresh(each)));
    return changes.flat();
  }

  async #refresh(live: LiveSecret): Promise<SecretChange[]> {
    const { key, secret } = live;
    const read = await this.#value(live);
    if (read.error !== null) {
      if (live.failing) return [];
      live.failing = true;
      return [{ key, kind: "unreadable", message: read.error }];
    }
    const changes: SecretChange[] = [];
    if (live.failing) changes.push({ key, kind: "readable_again", message: "" });
    live.failing = false;
    if (read.value !== secret.reveal()) {
      secret.replace(read.value);
      changes.push({ key, kind: "changed", message: "" });
    }
    return changes;
  }

  async #value({ given, files }: LiveSecret): Promise<{ value: string; error: string | null }> {
    const texts = new Map<string, string>();
    for (const file of files) {
      try {
        const text = await this.#read(file);
        if (text.trim() === "") return { value: "", error: `${file} is empty` };
        texts.set(file, text);
      } catch (error) {
        return { value: "", error: unreadable(file, error) };
      }
    }
    const { text } = substitute(given, { env: this.#env, readFile: (file) => texts.get(file) ?? "" });
    return { value: text, error: null };
  }
}
