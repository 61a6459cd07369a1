/** The most of a provider's message that is passed on, characters. */
const MAX_LENGTH = 1000;

/** What looks like a credential or names the operator's account, whoever's it is. */
const SECRETS: readonly RegExp[] = [
  /\b(?:sk|pk|rk|gsk|xai)[-_][A-Za-z0-9_*.-]{6,}/g,
  /\bBearer\s+[^\s"',;]{6,}/gi,
  /\b(?:org|proj)[-_][A-Za-z0-9]{8,}/g,
  /\/\/[^\s/@"']{1,256}@/g,
];

// deno-lint-ignore no-control-regex -- these are what is looked for
const CONTROLS = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g;

/**
 * A provider's message in a form that may be shown to a client: one line, of bounded length, without what
 * looks like a credential. Null where nothing is left, or where it is a page and no message.
 * @param secrets values that must not be in it, whatever they look like.
 */
export function safeText(text: string, secrets: readonly string[]): string | null {
  // Cut with room to spare, so that no secret is cut into a piece that the patterns miss.
  let safe = text.slice(0, 4 * MAX_LENGTH);
  for (const secret of secrets) if (secret !== "") safe = safe.replaceAll(secret, "***");
  safe = safe.replace(CONTROLS, " ").trim();
  if (safe === "" || /^<(?:!doctype|html|head|body|\?xml)/i.test(safe)) return null;
  for (const pattern of SECRETS) safe = safe.replace(pattern, "***");
  return safe.length > MAX_LENGTH ? `${safe.slice(0, MAX_LENGTH).trimEnd()}…` : safe;
}
