import type { WireFormat } from "./canonical.ts";

/** Formats whose providers sign or encrypt what their models thought, and want it back with the next turn. */
const SIGNING: readonly WireFormat[] = [
  "openai_responses",
  "openai_chat",
  "anthropic_messages",
  "google_generate_content",
  "google_interactions",
];

/** Those whose signatures are foreign to `format`. */
export function foreignSigners(format: WireFormat): readonly WireFormat[] {
  return SIGNING.filter((each) => each !== format);
}
