import { packageCache } from "../package_cache.ts";

/** A package that the lock file pins. */
export interface LockedPackage {
  readonly name: string;
  readonly version: string;
  /** Base64 of the archive's SHA-512. */
  readonly sha512: string;
  /** As the package says: an SPDX expression. */
  readonly licence: string;
  /** It is in the binary, or serves one that is; else in tests and scripts alone. */
  readonly shipped: boolean;
  /** What it would run when it is installed, if it were asked to. */
  readonly installScripts: readonly string[];
  /** `name@version` of each. */
  readonly dependencies: readonly string[];
}

interface Lock {
  readonly specifiers: Readonly<Record<string, string>>;
  readonly npm: Readonly<
    Record<string, { readonly integrity: string; readonly dependencies?: readonly string[] }>
  >;
}

const INSTALL = ["preinstall", "install", "postinstall"];

/** Everything in `deno.lock`, by name; licences as the packages themselves say, from Deno's cache. */
export async function readPackages(root: URL): Promise<LockedPackage[]> {
  const lock: Lock = JSON.parse(await Deno.readTextFile(new URL("deno.lock", root)));
  const cache = await npmCache();
  const keys = Object.keys(lock.npm);
  const resolve = (name: string) =>
    keys.find((key) => key === name) ?? keys.find((key) => nameOf(key) === name) ?? name;
  const shipped = reached(await namedShipped(root), lock, resolve);
  const found = new Map<string, LockedPackage>();
  for (const [key, { integrity, dependencies = [] }] of Object.entries(lock.npm)) {
    const [name, version] = [nameOf(key), versionOf(key)];
    const before = found.get(`${name}@${version}`);
    const manifest = await readManifest(`${cache}/${name}/${version}/package.json`);
    if (manifest === null && shipped.has(key)) {
      throw new Error(`Cannot find ${name}@${version} in ${cache}: run deno task check first`);
    }
    found.set(`${name}@${version}`, {
      name,
      version,
      sha512: integrity.replace(/^sha512-/, ""),
      licence: licenceOf(manifest ?? {}),
      // One package has several keys where its peers differ.
      shipped: shipped.has(key) || before?.shipped === true,
      installScripts: INSTALL.filter((script) => manifest?.scripts?.[script] !== undefined),
      dependencies: dependencies.map(resolve).map((it) => `${nameOf(it)}@${versionOf(it)}`),
    });
  }
  return [...found.values()].sort((a, b) =>
    a.name < b.name ? -1 : a.name > b.name ? 1 : a.version < b.version ? -1 : 1
  );
}

/** Those of docs/dependencies.md that are in the gateway; a test keeps that page and `deno.json` alike. */
async function namedShipped(root: URL): Promise<string[]> {
  const page = await Deno.readTextFile(new URL("docs/dependencies.md", root));
  const [, section = ""] = /## In the gateway\n(.*?)\n## /s.exec(page) ?? [];
  return [...section.matchAll(/^\| `([^`]+)`/gm)].map(([, name = ""]) => name);
}

function reached(
  names: readonly string[],
  lock: Lock,
  resolve: (name: string) => string,
): ReadonlySet<string> {
  const all = new Set<string>();
  const visit = (key: string) => {
    if (all.has(key)) return;
    all.add(key);
    for (const each of lock.npm[key]?.dependencies ?? []) visit(resolve(each));
  };
  for (const name of names) visit(resolve(name));
  return all;
}

function nameOf(key: string): string {
  return key.slice(0, key.indexOf("@", 1) === -1 ? undefined : key.indexOf("@", 1));
}

function versionOf(key: string): string {
  return key.slice(key.indexOf("@", 1) + 1).split("_")[0] ?? "";
}

interface Manifest {
  readonly license?: string | { readonly type?: string };
  readonly licenses?: readonly { readonly type?: string }[];
  readonly scripts?: Readonly<Record<string, string>>;
}

/** Null where the package was never loaded on this machine, as one for another system. */
async function readManifest(path: string): Promise<Manifest | null> {
  try {
    return JSON.parse(await Deno.readTextFile(path));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}

function licenceOf({ license, licenses }: Manifest): string {
  if (typeof license === "string") return license;
  return license?.type ?? licenses?.map(({ type = "" }) => type).join(" OR ") ?? "";
}

async function npmCache(): Promise<string> {
  const cache = await packageCache();
  for await (const { name } of Deno.readDir(cache)) {
    // One registry, wherever its copy is fetched from.
    if (name.includes(".")) return `${cache}/${name}`;
  }
  throw new Error(`Cannot find packages in ${cache}: run deno task check first`);
}
