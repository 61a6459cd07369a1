/** What modules import from packages, by its name: the file that is that package. */
export type Packages = Readonly<Record<string, string>>;

const IMPORT = /\bimport\s*\{([^}]*)\}\s*from\s*"([^"]+)";?/g;
const EXPORT_LIST = /\bexport\s*\{([^}]*)\}(?:\s*from\s*"([^"]+)")?;?/g;
const EXPORT_DEFAULT = /\bexport default\s/g;
const EXPORT_DECLARATION = /^export ((?:async )?function|const|class) (\w+)/gm;
const LEFT = /^\s*(?:import|export)\b.*/m;

/**
 * Joins a module and all that it imports, and what those import, into one, so that a browser asks once in place of
 * once for each. A module becomes a function's body, with its text as it stands but for its imports and exports, which
 * become names taken from other modules' values and the value that it returns:
 *
 *     // core/query.js
 *     const $3 = (() => { … return { queryOf }; })();
 *
 * It knows the forms that the console's modules and its packages have: named imports, exports of declarations and of
 * lists, a default export. Imports are values, not bindings, and none may go in a circle.
 * @param files by their paths. @throws {Error} at a form or a file that it does not know, and at a circle.
 */
export function link(entry: string, files: Readonly<Record<string, string>>, packages: Packages): string {
  const linked: string[] = [];
  /** A module's variable; null: it is being read. */
  const variables = new Map<string, string | null>();

  function variableOf(name: string): string {
    const known = variables.get(name);
    if (known === null) throw new Error(`${name} imports itself, by way of others`);
    if (known !== undefined) return known;
    const text = files[name];
    if (text === undefined) throw new Error(`There is no ${name}`);
    variables.set(name, null);
    const body = bodyOf(name, text);
    const variable = `$${linked.length}`;
    variables.set(name, variable);
    linked.push(`// ${name}\nconst ${variable} = (() => {\n${body}\n})();\n`);
    return variable;
  }

  function bodyOf(name: string, text: string): string {
    const exported: string[] = [];
    const from = (path: string) =>
      variableOf(packages[path] ?? new URL(path, `file:///${name}`).pathname.slice(1));
    const body = text
      .replace(
        IMPORT,
        (_, names: string, path: string) =>
          `const {${pairs(names).map(([theirs, ours]) => ` ${theirs}: ${ours}`)} } = ${from(path)};`,
      )
      .replace(EXPORT_LIST, (_, names: string, path?: string) => {
        const source = path === undefined ? "" : `${from(path)}.`;
        exported.push(...pairs(names).map(([ours, theirs]) => `${theirs}: ${source}${ours}`));
        return "";
      })
      .replace(EXPORT_DECLARATION, (_, kind: string, declared: string) => {
        exported.push(declared);
        return `${kind} ${declared}`;
      })
      .replace(EXPORT_DEFAULT, () => {
        exported.push("default: $default");
        return "const $default = ";
      });
    const [left] = LEFT.exec(body) ?? [];
    if (left !== undefined) throw new Error(`${name}: what is '${left.trim()}'?`);
    return `${body}\nreturn { ${exported.join(", ")} };`;
  }

  variableOf(entry);
  return linked.join("\n");
}

/** `a, b as c` → what it is called there, and here. */
function pairs(names: string): (readonly [string, string])[] {
  return names.split(",").map((name) => name.trim()).filter((name) => name !== "").map((name) => {
    const [first = "", second = first] = name.split(/\s+as\s+/);
    return [first, second];
  });
}
