import type { ReasoningPart, WireFormat } from "../canonical.ts";
import { foreignSigners } from "../signing_formats.ts";

/**
 * `signature` of thinking blocks. Anthropic's goes through as it is. What another format's provider wants back
 * with the next turn travels there too, behind a mark that says whose it is: clients hand signatures back
 * without looking at them.
 */

const FORMAT: WireFormat = "anthropic_messages";
const MARK = "gateway.";
const FOREIGN = foreignSigners(FORMAT);

type Signed = Pick<ReasoningPart, "signature" | "signatureFormat">;

/** The field's value; empty, as before a stream's signature, where the thinking has none. */
export function sealSignature(part: Signed): string {
  if (part.signature === undefined) return "";
  const format = part.signatureFormat ?? FORMAT;
  return format === FORMAT ? part.signature : `${MARK}${format}.${part.signature}`;
}

/** What a field's value says; nothing where it is empty. */
export function unsealSignature(value: string): Signed {
  if (value === "") return {};
  const owner = FOREIGN.find((format) => value.startsWith(`${MARK}${format}.`));
  if (owner === undefined) return { signature: value, signatureFormat: FORMAT };
  return { signature: value.slice(MARK.length + owner.length + 1), signatureFormat: owner };
}
