import { Buffer } from "node:buffer";
import type { ReasoningPart, WireFormat } from "../canonical.ts";
import type { Fields } from "../shape.ts";
import { FORMAT } from "./format.ts";

/**
 * `thoughtSignature`: the thoughts behind a part, which the model wants back with it at the next turn, and refuses to
 * go on without where the part is a call. Here it stands on the part itself; in the model it is reasoning of its own,
 * before the call or after the text that it belongs to, so that it travels as other formats' signatures do.
 *
 * What another format's provider signed travels in the same field, behind a mark that says whose it is and in base64
 * as clients expect it: they hand signatures back without looking at them.
 * @see https://ai.google.dev/gemini-api/docs/thought-signatures
 */

type Signed = Pick<ReasoningPart, "signature" | "signatureFormat" | "redacted">;

const MARK = "gateway.";
/** How the mark begins in base64. */
const BASE64_MARK = "Z2F0ZXdheS";
const REDACTED = "redacted";
const FOREIGN: readonly WireFormat[] = ["openai_responses", "openai_chat", "anthropic_messages"];

/** What Google documents for a call that another model made, or whose signature its client did not keep. */
export const NO_SIGNATURE = "skip_thought_signature_validator";

/** What the field of a part says; undefined where there is none. */
export function signatureOf(part: Fields): Signed | undefined {
  const value = part.optionalString("thoughtSignature");
  if (value === undefined || value === "" || value === NO_SIGNATURE) return undefined;
  return value.startsWith(BASE64_MARK) ? unseal(value) : { signature: value, signatureFormat: FORMAT };
}

/** The signature of a part of the model's that Google made; undefined for any other. */
export function ownSignature(part: Signed): string | undefined {
  return part.signatureFormat === FORMAT ? part.signature : undefined;
}

/** The field's value for what another format's provider wants back; undefined where there is nothing of it. */
export function sealSignature(part: Signed): string | undefined {
  const { signature, signatureFormat, redacted } = part;
  if (redacted !== undefined) return seal(REDACTED, redacted);
  if (signature === undefined || signature === "" || signatureFormat === FORMAT) return undefined;
  return signatureFormat === undefined ? undefined : seal(signatureFormat, signature);
}

function seal(owner: string, text: string): string {
  return Buffer.from(`${MARK}${owner}.${text}`).toString("base64");
}

function unseal(value: string): Signed {
  const text = Buffer.from(value, "base64").toString();
  if (text.startsWith(`${MARK}${REDACTED}.`)) {
    return { redacted: text.slice(MARK.length + REDACTED.length + 1) };
  }
  const owner = FOREIGN.find((format) => text.startsWith(`${MARK}${format}.`));
  return owner === undefined
    ? { signature: value, signatureFormat: FORMAT }
    : { signature: text.slice(MARK.length + owner.length + 1), signatureFormat: owner };
}
