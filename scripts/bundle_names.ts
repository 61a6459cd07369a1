/** How files of a bundle name each other. */
const REFERENCE = /(?<=\.\/)[\w.-]+-[A-Z0-9]{8}\.js/g;
const HASH = /-[A-Z0-9]{8}\.js$/;

/**
 * The files of a bundle, the same wherever it was made. The bundler writes the path from here to Deno's packages above
 * each module, and a hash of it into names; so packages get a path of their own, and files the hash of what is in them.
 *
 * @param files texts by name.
 * @param packages the path from the bundler's directory to that of Deno's packages, in which each registry has one.
 */
export async function withStableNames(
  files: ReadonlyMap<string, string>,
  packages: string,
): Promise<Map<string, string>> {
  const here = new RegExp(`${packages.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}/[^/\\s"']+/`, "g");
  const texts = new Map([...files].map(([name, text]) => [name, text.replace(here, "npm/")]));
  const stable = new Map<string, string>();
  const taken = new Set<string>();
  for (const [name, text] of texts) {
    if (!HASH.test(name)) continue;
    // What it names has other names elsewhere.
    const content = text.replace(REFERENCE, (other) => texts.has(other) ? other.replace(HASH, ".js") : other);
    const called = name.replace(HASH, `-${await hash(content)}.js`);
    if (taken.has(called)) throw new Error(`Cannot name two files of the bundle ${called}: they are equal`);
    taken.add(called);
    stable.set(name, called);
  }
  const renamed = (name: string) => stable.get(name) ?? name;
  return new Map([...texts].map(([name, text]) => [renamed(name), text.replace(REFERENCE, renamed)]));
}

async function hash(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return new Uint8Array(digest).toHex().slice(0, 8).toUpperCase();
}
