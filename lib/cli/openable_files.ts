/** What is open for nobody's sake, and may be opened whatever a program is allowed to read. */
const NOTHING = "/dev/null";

/**
 * How many files this process can open besides those that are open now, found by opening them: about 10 µs each, so it
 * is for a program that starts. While it looks, nothing else may open any.
 * @param most where so many can be opened, no more are tried.
 * @returns undefined: at least `most`, or the system does not tell.
 */
export function openableFiles(most: number): number | undefined {
  const files: Deno.FsFile[] = [];
  try {
    while (files.length < most) files.push(Deno.openSync(NOTHING));
    return undefined;
  } catch (error) {
    return (error as { code?: unknown }).code === "EMFILE" ? files.length : undefined;
  } finally {
    for (const file of files) file.close();
  }
}
