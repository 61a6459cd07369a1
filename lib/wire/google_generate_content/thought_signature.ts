import type { Fields } from "../shape.ts";
import { sealForeign, type Signed, unseal } from "../google_signature.ts";
import { FORMAT } from "./format.ts";

/**
 * `thoughtSignature`: the thoughts behind a part, which the model wants back with it at the next turn, and refuses to
 * go on without where the part is a call. Here it stands on the part itself; in the model it is reasoning of its own,
 * before the call or after the text that it belongs to, so that it travels as other formats' signatures do.
 * @see https://ai.google.dev/gemini-api/docs/thought-signatures
 */

/** What Google documents for a call that another model made, or whose signature its client did not keep. */
export const NO_SIGNATURE = "skip_thought_signature_validator";

/** What the field of a part says; undefined where there is none. */
export function signatureOf(part: Fields): Signed | undefined {
  const value = part.optionalString("thoughtSignature");
  return value === undefined || value === "" || value === NO_SIGNATURE ? undefined : unseal(value, FORMAT);
}

/** The signature of a part of the model's that Google made; undefined for any other. */
export function ownSignature(part: Signed): string | undefined {
  return part.signatureFormat === FORMAT ? part.signature : undefined;
}

/** The field's value for what another format's provider wants back; undefined where there is nothing of it. */
export function sealSignature(part: Signed): string | undefined {
  return sealForeign(part, FORMAT);
}
