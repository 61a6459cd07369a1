import { parse } from "@std/yaml";
import { isMapping, type Path, type Tree } from "./path.ts";
import { type Positions, scanPositions } from "./positions.ts";
import type { Problem } from "./problem.ts";

export interface YamlDocument {
  /** The root mapping; null where there are problems. */
  readonly tree: Tree | null;
  readonly positions: Positions;
  readonly problems: readonly Problem[];
}

/**
 * Reads the file's text. Refused beyond what YAML refuses: tabs in indentation (the parser takes a child that is
 * indented with a tab for a sibling, without a word), a root that is no mapping, the key `__proto__`.
 */
export function parseYaml(text: string, source: string): YamlDocument {
  const positions = scanPositions(text);
  const failed = (problems: readonly Problem[]) => ({ tree: null, positions, problems });
  const problem = (line: number | null, message: string, path: Path = []): Problem => ({
    source,
    line,
    path,
    message,
  });
  if (positions.tabs.length > 0) {
    return failed(
      positions.tabs.map((line) => problem(line, "a tab in the indentation; YAML is indented with spaces")),
    );
  }
  try {
    const root: unknown = parse(text) ?? {};
    if (!isMapping(root)) return failed([problem(1, "expected a mapping of keys to values")]);
    const proto = protoPath(root);
    if (proto === null) return { tree: root, positions, problems: [] };
    return failed([problem(positions.lineOf(proto), "a key cannot be called __proto__", proto)]);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    const reason = error.message;
    if (reason.includes("duplicated key") && positions.duplicates.length > 0) {
      return failed(
        positions.duplicates.map(({ path, line, first }) =>
          problem(line, `is given twice, first on line ${first}`, path)
        ),
      );
    }
    const line = /at line (\d+)/.exec(reason);
    return failed([
      problem(line === null ? null : Number(line[1]), `not valid YAML: ${withoutSource(reason)}`),
    ]);
  }
}

/** The parser's reason without what it quotes of the file, which may be a secret. */
function withoutSource(reason: string): string {
  const [first = ""] = reason.split(/ at line \d+/);
  return first.replaceAll(/"[^"]*"|'[^']*'|!?<[^>]*>/g, "…").replaceAll(/\s+/g, " ").trim();
}

function protoPath(value: unknown, path: Path = []): Path | null {
  if (Array.isArray(value)) return firstPath(value.map((item, index) => protoPath(item, [...path, index])));
  if (!isMapping(value)) return null;
  if (Object.hasOwn(value, "__proto__")) return [...path, "__proto__"];
  return firstPath(Object.entries(value).map(([name, item]) => protoPath(item, [...path, name])));
}

function firstPath(paths: readonly (Path | null)[]): Path | null {
  return paths.find((path) => path !== null) ?? null;
}
