import type { Evidence } from "./phrase_scan.ts";

/** Marks by which models tell turns apart, which no text of a turn has. */
const MARKS =
  /<\|(?:im_start|system|user|assistant|start_header_id)\|>|<<SYS>>|\[INST\]|<start_of_turn>|<\/?(?:system|SYSTEM)(?:_prompt)?>|\[(?:system|SYSTEM)\](?:\(#|:)|^#{2,4} ?(?:system|System|SYSTEM):|BEGIN SYSTEM (?:PROMPT|MESSAGE)|END OF (?:USER|SYSTEM) (?:INPUT|PROMPT|MESSAGE)/m;
const HAS_MARK = /[<[#]|BEGIN|END OF/;
/** Words of somebody who asks what they are. */
const ASKED =
  /\b(?:chatml|chat template|tokeni[sz]er|special tokens?|jinja|what (?:does|is|are)|template|xml|html|systemd|config|parse|markdown)\b/i;

/** Whether a text pretends to end its turn and to begin another's. */
export function forgedTurns(text: string, untrusted: boolean, plain: Evidence | null): Evidence | null {
  if (!HAS_MARK.test(text) || !MARKS.test(text)) return null;
  const talkedAbout = ASKED.test(text);
  const score = (untrusted ? 0.75 : 0.7) * (talkedAbout ? 0.6 : 1);
  // With something else that speaks for it, it is surer.
  const rest = plain?.score ?? 0;
  return { technique: "forged_turn", score: 1 - (1 - score) * (1 - rest / 2) };
}
