import { formatPath, type Path } from "./path.ts";

/** One thing that is wrong with the configuration. */
export interface Problem {
  /** What a person has to open: the file, `environment variable PORT`, or `--port`. */
  readonly source: string;
  /** In the file, from 1; null where unknown. */
  readonly line: number | null;
  /** Empty where the file as a whole is meant. */
  readonly path: Path;
  /** Says what was found and what was expected; holds no secret. */
  readonly message: string;
}

/** `config.yaml:12: server.port: expected an integer from 0 to 65535, got "http"` */
export function formatProblem(problem: Problem): string {
  const place = problem.line === null ? problem.source : `${problem.source}:${problem.line}`;
  return [place, formatPath(problem.path), problem.message].filter((part) => part !== "").join(": ");
}

/** The configuration cannot be used; holds everything that is wrong with it, in the order of the file. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    super(problems.map(formatProblem).join("\n"));
    this.problems = problems;
  }
}
