import { packageCache } from "./package_cache.ts";

/**
 * Gives a package's files in Deno's cache the time 0. `deno compile` writes their times into the binary, and they are
 * those at which somebody fetched them; nothing else goes by them.
 *
 * @param specifier `npm:NAME@VERSION`, with whatever behind it.
 * @param packages Deno's cache of them, in which each registry has a directory.
 */
export async function evenTimes(specifier: string, packages?: string): Promise<void> {
  const [, name, version] = /^npm:((?:@[^/]+\/)?[^/@]+)@([^/]+)/.exec(specifier) ?? [];
  if (name === undefined) throw new Error(`Cannot find a package: ${specifier} is not npm:NAME@VERSION`);
  const cache = packages ?? await packageCache();
  let found = false;
  for await (const registry of Deno.readDir(cache)) {
    const directory = `${cache}/${registry.name}/${name}/${version}`;
    if (!await isDirectory(directory)) continue;
    found = true;
    await evenTimesIn(directory);
  }
  if (!found) throw new Error(`Cannot find ${name}@${version} in ${cache}`);
}

async function evenTimesIn(directory: string): Promise<void> {
  for await (const { name, isDirectory } of Deno.readDir(directory)) {
    const path = `${directory}/${name}`;
    if (isDirectory) await evenTimesIn(path);
    else await Deno.utime(path, 0, 0);
  }
}

async function isDirectory(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isDirectory;
  } catch {
    return false;
  }
}
