/** Where a key is: names of mappings and numbers of list entries, from the root. */
export type Path = readonly (string | number)[];

export type Tree = Readonly<Record<string, unknown>>;

/** `auth.keys[0].name`, `models["gpt-4.1"].targets`: as people write it, and as `--show` prints it. */
export function formatPath(path: Path): string {
  let text = "";
  for (const step of path) {
    if (typeof step === "number") text += `[${step}]`;
    else if (!/^[A-Za-z_][\w-]*$/.test(step)) text += `[${JSON.stringify(step)}]`;
    else text += text === "" ? step : `.${step}`;
  }
  return text;
}

export function isMapping(value: unknown): value is Tree {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Date);
}

/** What stands at a path; undefined where nothing does. */
export function valueAt(tree: unknown, path: Path): unknown {
  let value = tree;
  for (const step of path) {
    if (typeof step === "number") value = Array.isArray(value) ? value[step] : undefined;
    else value = isMapping(value) && Object.hasOwn(value, step) ? value[step] : undefined;
  }
  return value;
}

/** The tree with a value put at a path of names, or with the key taken away where the value is undefined. */
export function withValue(tree: unknown, path: readonly string[], value: unknown): unknown {
  const [first, ...rest] = path;
  if (first === undefined) return value;
  const mapping = isMapping(tree) ? tree : {};
  const { [first]: old, ...others } = mapping;
  const replaced = withValue(old, rest, value);
  return replaced === undefined ? others : { ...others, [first]: replaced };
}
