/** Where substitutions take their text from. */
export interface SubstitutionSources {
  /** A variable; undefined where it is not set. */
  env(name: string): string | undefined;
  /** The text of a file. @throws where it cannot be read. */
  readFile(path: string): string;
}

export interface Blank {
  readonly variable: string;
  /** Not set and without a default; set to nothing and without a default; or the default is nothing. */
  readonly why: "unset" | "empty" | "default";
}

export interface Substitution {
  readonly text: string;
  /** What the text was taken from, as it was written: `${PORT}`. Empty: the value had no substitution. */
  readonly references: readonly string[];
  /** Variables that gave nothing. */
  readonly blank: readonly Blank[];
  /** A file was read, or a variable whose name says that it holds a secret: the text is never to be printed. */
  readonly secret: boolean;
  /** What is wrong with the substitution itself; null: nothing. */
  readonly error: string | null;
}

const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;
const SECRET_NAME = /KEY|TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIAL|AUTH/i;

/**
 * Replaces `${VAR}`, `${VAR:-default}` (where VAR is not set or empty; the default may hold substitutions too) and
 * `${file:/path}` (without the newlines at its end); `$$` is a dollar sign. Done on values after parsing, so that
 * no variable can change the structure of the file.
 */
export function substitute(given: string, sources: SubstitutionSources): Substitution {
  const result: Draft = { references: [], blank: [], secret: false, error: null };
  const text = expand(given, sources, result);
  return { text, ...result };
}

interface Draft {
  references: string[];
  blank: Blank[];
  secret: boolean;
  error: string | null;
}

function expand(given: string, sources: SubstitutionSources, draft: Draft): string {
  let text = "";
  let at = 0;
  for (let dollar = given.indexOf("$"); dollar >= 0; dollar = given.indexOf("$", at)) {
    text += given.slice(at, dollar);
    const next = given.charAt(dollar + 1);
    if (next !== "{") {
      text += "$";
      at = dollar + (next === "$" ? 2 : 1);
      continue;
    }
    const end = closing(given, dollar + 2);
    if (end < 0) {
      draft.error ??= "a substitution without its closing brace; a dollar sign itself is written $$";
      return text;
    }
    text += resolve(given.slice(dollar + 2, end), sources, draft);
    at = end + 1;
  }
  return text + given.slice(at);
}

/** The brace that closes one opened before `from`; -1: none. */
function closing(given: string, from: number): number {
  let depth = 1;
  for (let i = from; i < given.length; i++) {
    if (given.startsWith("${", i)) depth++;
    else if (given.charAt(i) === "}" && --depth === 0) return i;
  }
  return -1;
}

function resolve(inner: string, sources: SubstitutionSources, draft: Draft): string {
  if (inner.startsWith("file:")) return resolveFile(inner.slice("file:".length), sources, draft);
  const [name = "", ...fallback] = inner.split(":-");
  if (!NAME.test(name)) {
    draft.error ??=
      "expected ${VARIABLE}, ${VARIABLE:-default} or ${file:/path}; a dollar sign itself is written $$";
    return "";
  }
  draft.references.push(`\${${name}}`);
  const value = sources.env(name);
  if (value !== undefined && value !== "") {
    draft.secret ||= SECRET_NAME.test(name);
    return value;
  }
  if (fallback.length === 0) {
    draft.blank.push({ variable: name, why: value === undefined ? "unset" : "empty" });
    return "";
  }
  const text = expand(fallback.join(":-"), sources, draft);
  if (text === "") draft.blank.push({ variable: name, why: "default" });
  return text;
}

function resolveFile(path: string, sources: SubstitutionSources, draft: Draft): string {
  draft.references.push(`\${file:${path}}`);
  draft.secret = true;
  try {
    return sources.readFile(path).replace(/[\r\n]+$/, "");
  } catch (error) {
    draft.error ??= unreadable(path, error);
    return "";
  }
}

/** Names the file and the kind of the error, and nothing of what is in it. */
export function unreadable(path: string, error: unknown): string {
  return `cannot read ${path} (${error instanceof Error ? error.name : "unknown error"})`;
}
