import { nodeAt } from "./lookup.ts";
import { formatPath, isMapping, type Path, type Tree } from "./path.ts";
import { type Blank, substitute, type Substitution, type SubstitutionSources } from "./substitution.ts";

export interface Expansion {
  /** The file with its substitutions done and its empty keys taken out. */
  readonly tree: Tree;
  /** Values that had substitutions, by formatted path. */
  readonly substitutions: ReadonlyMap<string, Substitution>;
  /** What is wrong, by path: told only where the value is needed after all. */
  readonly failures: readonly { readonly path: Path; readonly message: string }[];
  /** Values that were made with files, as they are written. */
  readonly fromFiles: readonly { readonly path: Path; readonly given: string }[];
  /** Providers whose key comes from a variable that gave nothing, by name. */
  readonly keyless: ReadonlyMap<string, Blank>;
}

/**
 * Does the substitutions of a file. A key without a value, and one whose substitution gave nothing, counts as not
 * given, so that its default applies; but an empty secret stays, for an empty secret is a mistake.
 *
 * @param advice what can be done where a variable is not set.
 */
export function expandTree(
  root: Tree,
  sources: SubstitutionSources,
  advice: (variable: string) => string = (variable) => `set it, or write \${${variable}:-default}`,
): Expansion {
  const draft = {
    substitutions: new Map<string, Substitution>(),
    failures: [] as { path: Path; message: string }[],
    fromFiles: [] as { path: Path; given: string }[],
    keyless: new Map<string, Blank>(),
  };
  const expand = (value: unknown, path: Path): unknown => {
    if (Array.isArray(value)) return value.map((item, index) => expand(item, [...path, index]));
    if (isMapping(value)) {
      const entries = Object.entries(value).map(([name, item]) =>
        [name, expand(item, [...path, name])] as const
      );
      return Object.fromEntries(entries.filter(([, item]) => item !== undefined));
    }
    if (typeof value !== "string" || !value.includes("$")) return value ?? undefined;
    const result = substitute(value, sources);
    if (value.includes("${file:")) draft.fromFiles.push({ path, given: value });
    if (result.references.length > 0) draft.substitutions.set(formatPath(path), result);
    if (result.error !== null) {
      draft.failures.push({ path, message: result.error });
      return undefined;
    }
    const provider = keyOf(path);
    const [blank] = result.blank;
    if (blank !== undefined && provider !== null && (blank.why !== "default" || result.text === "")) {
      draft.keyless.set(provider, blank);
      return undefined;
    }
    for (const { variable, why } of result.blank) {
      if (why !== "unset") continue;
      const message = `the variable ${variable} is not set; ${advice(variable)}`;
      draft.failures.push({ path, message });
      return undefined;
    }
    return result.text === "" && result.references.length > 0 && !isSecret(path) ? undefined : result.text;
  };
  return { tree: expand(root, []) as Tree, ...draft };
}

/** The provider whose `api_key` this is. */
function keyOf(path: Path): string | null {
  return path.length === 3 && path[0] === "providers" && path[2] === "api_key" ? String(path[1]) : null;
}

function isSecret(path: Path): boolean {
  const node = nodeAt(path);
  return node?.type === "value" && node.kind.secret === true;
}
