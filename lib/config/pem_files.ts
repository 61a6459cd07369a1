import type { Report } from "./check.ts";
import type { Environment } from "./environment.ts";
import type { Path } from "./path.ts";
import { unreadable } from "./substitution.ts";

/** Reads the certificates and keys that are named, and reports those that it cannot. */
export class PemFiles {
  /** Certificate authorities for whoever names none: those of `SSL_CERT_FILE`, if it is set. */
  readonly authorities: string | null;
  readonly #readFile: (path: string) => string;
  readonly #report: Report;

  constructor(readFile: (path: string) => string, env: Environment, report: Report) {
    this.#readFile = readFile;
    this.#report = report;
    const variable = "SSL_CERT_FILE";
    this.authorities = this.#read(env(variable) || null, (message) => report.addVariable(variable, message));
  }

  /**
   * @param key the path of the key that names the file.
   * @returns its text; null where none is named, or where it is reported.
   */
  read(key: Path, file: string | null): string | null {
    return this.#read(file, (message) => this.#report.add(key, message));
  }

  #read(file: string | null, report: (message: string) => void): string | null {
    if (file === null) return null;
    try {
      const text = this.#readFile(file);
      if (text.includes("-----BEGIN ")) return text;
      report(`${file} is not a PEM file: there is no -----BEGIN in it`);
    } catch (error) {
      report(unreadable(file, error));
    }
    return null;
  }
}
