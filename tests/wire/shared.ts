/** Files of `../shared`, beside the repository: recordings of real traffic and API descriptions. */
const SHARED = new URL("../../../shared/", import.meta.url);

/** The file's or folder's URL, or null where it is absent. */
export function sharedFile(path: string): URL | null {
  const url = new URL(path, SHARED);
  try {
    Deno.statSync(url);
    return url;
  } catch {
    return null;
  }
}

/** For a test's options: skipped where the recordings are absent. */
export const needsRecordings = { ignore: sharedFile("recordings/") === null };
