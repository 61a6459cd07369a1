/**
 * The keys of one profile in AWS's shared credentials file.
 * @returns null where the profile is not there.
 * @see https://docs.aws.amazon.com/sdkref/latest/guide/file-format.html
 */
export function readProfile(text: string, profile: string): ReadonlyMap<string, string> | null {
  let found: Map<string, string> | null = null;
  let inside = false;
  for (const line of text.split(/\r?\n/)) {
    const trimmed = line.trim();
    if (trimmed === "" || trimmed.startsWith("#") || trimmed.startsWith(";")) continue;
    const section = /^\[\s*(?:profile\s+)?(.+?)\s*\]/.exec(trimmed);
    if (section !== null) {
      inside = section[1] === profile;
      if (inside) found ??= new Map();
      continue;
    }
    const equals = trimmed.indexOf("=");
    if (inside && equals > 0) {
      found?.set(trimmed.slice(0, equals).trim().toLowerCase(), trimmed.slice(equals + 1).trim());
    }
  }
  return found;
}
