import { Buffer } from "node:buffer";

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
  for (const secret of secrets) {
    if (secret !== "") { for (const form of writtenForms(secret)) safe = safe.replaceAll(form, "***"); }
  }
  safe = safe.replace(CONTROLS, " ").trim();
  if (safe === "" || /^<(?:!doctype|html|head|body|\?xml)/i.test(safe)) return null;
  for (const pattern of SECRETS) safe = safe.replace(pattern, "***");
  return safe.length > MAX_LENGTH ? `${safe.slice(0, MAX_LENGTH).trimEnd()}…` : safe;
}

/** Whether one of the secrets stands in a text, in whatever form. */
export function tellsSecret(text: string, secrets: readonly string[]): boolean {
  return secrets.some((secret) => secret !== "" && writtenForms(secret).some((form) => text.includes(form)));
}

/** The ways in which a secret may be written where somebody repeats it: as it is, in base64, for a URL. */
function writtenForms(secret: string): string[] {
  const base64 = Buffer.from(secret).toString("base64").replace(/=+$/, "");
  const url = base64.replaceAll("+", "-").replaceAll("/", "_");
  return [...new Set([secret, base64, url, encodeURIComponent(secret.toWellFormed())])];
}
