/** The two halves of a base64 `data:` URL, as images and files are sent inside a request. */
export interface DataUrl {
  readonly mediaType: string;
  /** Base64. */
  readonly data: string;
}

const PREFIX = "data:";
const BASE64 = ";base64,";

/** Takes a base64 `data:` URL apart; null for any other URL. Nothing is decoded, so megabytes cost nothing. */
export function parseDataUrl(url: string): DataUrl | null {
  if (!url.startsWith(PREFIX)) return null;
  const comma = url.indexOf(",");
  if (comma < 0) return null;
  const head = url.slice(0, comma + 1);
  if (!head.endsWith(BASE64)) return null;
  return { mediaType: head.slice(PREFIX.length, -BASE64.length), data: url.slice(comma + 1) };
}

export function formatDataUrl(mediaType: string, data: string): string {
  return `${PREFIX}${mediaType}${BASE64}${data}`;
}
