import { ConfigError, formatProblem } from "../config/problem.ts";
import type { Telemetry } from "../telemetry/telemetry.ts";

/** What became of reading the configuration anew. */
export type Reload =
  | { readonly ok: true; readonly warnings: readonly string[] }
  | { readonly ok: false; readonly problems: readonly string[] };

/** Counts and tells what becomes of each configuration that is read anew. */
export class Reloads {
  readonly #telemetry: Telemetry;
  #last: Promise<unknown> = Promise.resolve();

  constructor(telemetry: Telemetry) {
    this.#telemetry = telemetry;
    for (const result of ["success", "failure"]) this.#counter(result);
  }

  /**
   * One after the other, so that what was read last is in force at the end.
   *
   * @param change puts another configuration in force, or throws and changes nothing; gives the keys that keep what
   * they have until a restart.
   */
  run(change: () => readonly string[] | Promise<readonly string[]>): Promise<Reload> {
    const result = this.#last.then(() => this.#run(change));
    this.#last = result;
    return result;
  }

  async #run(change: () => readonly string[] | Promise<readonly string[]>): Promise<Reload> {
    const { logger } = this.#telemetry;
    try {
      const kept = await change();
      this.#counter("success").add(1);
      logger.info("the configuration was read anew", { event: "config.reloaded" });
      const warnings = kept.map((key) => `${key} has changed, which takes a restart: it stays as it was`);
      for (const warning of warnings) logger.warn(warning, { event: "config.restart_needed" });
      return { ok: true, warnings };
    } catch (error) {
      const problems = problemsOf(error);
      this.#counter("failure").add(1);
      logger.error("the configuration cannot be used, the one before stays in force", {
        event: "config.rejected",
        problems,
      });
      return { ok: false, problems };
    }
  }

  #counter(result: string) {
    return this.#telemetry.registry.counter("gateway_config_reloads_total", [result]);
  }
}

/** What is wrong, one line each; they name no secret. */
export function problemsOf(error: unknown): string[] {
  if (error instanceof ConfigError) return error.problems.map(formatProblem);
  return [error instanceof Error ? error.message : String(error)];
}
