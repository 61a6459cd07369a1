import { Buffer } from "node:buffer";
import type { ReasoningPart, WireFormat } from "./canonical.ts";
import { foreignSigners } from "./signing_formats.ts";

/**
 * Signatures in Google's formats. Google's own go through as they are. What another format's provider signed travels
 * in the same field, behind a mark that says whose it is and in base64 as clients expect it: they hand signatures back
 * without looking at them.
 */

export type Signed = Pick<ReasoningPart, "signature" | "signatureFormat" | "redacted">;

const MARK = "gateway.";
/** How the mark begins in base64. */
const BASE64_MARK = "Z2F0ZXdheS";
const REDACTED = "redacted";

/** The field's value for what another format's provider wants back; undefined where there is nothing of it. */
export function sealForeign(part: Signed, own: WireFormat): string | undefined {
  const { signature, signatureFormat, redacted } = part;
  if (redacted !== undefined) return seal(REDACTED, redacted);
  if (signature === undefined || signature === "" || signatureFormat === own) return undefined;
  return signatureFormat === undefined ? undefined : seal(signatureFormat, signature);
}

function seal(owner: string, text: string): string {
  return Buffer.from(`${MARK}${owner}.${text}`).toString("base64");
}

/** What a field's value says, in the format `own`. */
export function unseal(value: string, own: WireFormat): Signed {
  if (!value.startsWith(BASE64_MARK)) return { signature: value, signatureFormat: own };
  const text = Buffer.from(value, "base64").toString();
  if (text.startsWith(`${MARK}${REDACTED}.`)) {
    return { redacted: text.slice(MARK.length + REDACTED.length + 1) };
  }
  const owner = foreignSigners(own).find((format) => text.startsWith(`${MARK}${format}.`));
  return owner === undefined
    ? { signature: value, signatureFormat: own }
    : { signature: text.slice(MARK.length + owner.length + 1), signatureFormat: owner };
}
