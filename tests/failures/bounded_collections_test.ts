/** Memory is bounded where each thing that is kept is: nothing is kept beyond a request that has no bound. */
import { assertEquals } from "@std/assert";
import { LONG_LIVED, SHORT_LIVED } from "./bounded_collections.ts";

const ROOT = new URL("../../", import.meta.url);
/** A field that begins as an empty map, set or list. */
const FIELD =
  /^ {2}(?:(?:private|protected|public|static|override) )*(?:readonly )?#?(\w+)(?:: [^=\n]*)? = (?:new (?:Map|Set)\b[^\n]*\(\)|\[\]);/gm;

async function* sources(folder: string): AsyncGenerator<string> {
  for await (const entry of Deno.readDir(new URL(folder, ROOT))) {
    const path = `${folder}${entry.name}`;
    if (entry.isDirectory) yield* sources(`${path}/`);
    else if (path.endsWith(".ts")) yield path;
  }
}

Deno.test("whatever is kept beyond a request has a bound", async () => {
  const found = new Set<string>();
  for await (const path of sources("lib/")) {
    if (SHORT_LIVED.some(([folder]) => folder.test(path))) continue;
    const text = await Deno.readTextFile(new URL(path, ROOT));
    for (const [, field] of text.matchAll(FIELD)) found.add(`${path}#${field}`);
  }
  const known = new Set(Object.keys(LONG_LIVED));
  assertEquals([...found.difference(known)].sort(), [], "say in bounded_collections.ts what bounds them");
  assertEquals([...known.difference(found)].sort(), [], "these are gone");
});
