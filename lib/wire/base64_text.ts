const decoder = new TextDecoder();

/** The text in base64 of UTF-8; undefined where it is no base64, so that the provider says so. */
export function decodeBase64Text(data: string | undefined): string | undefined {
  if (data === undefined) return undefined;
  try {
    return decoder.decode(Uint8Array.from(atob(data), (char) => char.charCodeAt(0)));
  } catch {
    return undefined;
  }
}
