import type { ReasoningPart, WireFormat } from "../canonical.ts";
import { foreignSigners } from "../signing_formats.ts";
import { FORMAT } from "./format.ts";

/**
 * `encrypted_content` of reasoning items. What OpenAI put there goes through as it is. The signatures and the
 * redacted thinking of another format, which its provider wants back with the next turn, travel there too,
 * behind a mark that says whose they are: clients hand the field back without looking at it.
 */

const MARK = "gateway.";
const REDACTED = "redacted";
const FOREIGN = foreignSigners(FORMAT);

type Sealed = Pick<ReasoningPart, "signature" | "signatureFormat" | "redacted">;

/** The field's value for a part; null where there is nothing to carry. */
export function sealReasoning(part: Sealed): string | null {
  if (part.redacted !== undefined) return `${MARK}${REDACTED}.${part.redacted}`;
  if (part.signature === undefined || part.signature === "") return null;
  const format = part.signatureFormat ?? FORMAT;
  return format === FORMAT ? part.signature : `${MARK}${format}.${part.signature}`;
}

/** What a field's value says. */
export function unsealReasoning(value: string): Sealed {
  if (!value.startsWith(MARK)) return { signature: value, signatureFormat: FORMAT };
  const end = value.indexOf(".", MARK.length);
  const owner = value.slice(MARK.length, end);
  const content = value.slice(end + 1);
  if (owner === REDACTED) return { redacted: content };
  return isForeignFormat(owner)
    ? { signature: content, signatureFormat: owner }
    : { signature: value, signatureFormat: FORMAT };
}

/** Whether a field's value came from another format through this gateway, so that OpenAI could not read it. */
export function isForeignSeal(value: string): boolean {
  return unsealReasoning(value).signatureFormat !== FORMAT;
}

function isForeignFormat(name: string): name is WireFormat {
  return FOREIGN.some((format) => format === name);
}
