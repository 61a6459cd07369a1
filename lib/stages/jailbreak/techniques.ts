import type { Concept } from "./concepts.ts";

/** The ways in which models are turned against their instructions, as they are told. */
export const TECHNIQUES = [
  "override",
  "prompt_leak",
  "persona",
  "unlock",
  "compliance",
  "authority",
  "hidden_payload",
  "fiction",
  "indirect",
  "exfiltration",
  "forged_turn",
] as const;
export type Technique = typeof TECHNIQUES[number];

/** Words of these meanings one after the other, with at most so many letters between. */
export interface Rule {
  readonly technique: Technique;
  /** How sure it is, from 0 to 1. */
  readonly score: number;
  /** The same where it stands in what a tool or a document says, who have nobody to tell what to do. */
  readonly untrusted: number;
  readonly steps: readonly Concept[];
  /** Letters between a step and the one before; the first is not used. */
  readonly gaps: readonly number[];
  /** All of it within a sentence. */
  readonly sentence: boolean;
}

/** `ignore 30 prior 25 rules`: the words, and between them how far they may be apart; `~`: across sentences. */
function rule(technique: Technique, score: number, form: string, untrusted = score): Rule {
  const parts = form.split(" ").filter((part) => part !== "~");
  const steps = parts.filter((_, index) => index % 2 === 0) as unknown as Concept[];
  const gaps = [0, ...parts.filter((_, index) => index % 2 === 1).map(Number)];
  return { technique, score, untrusted, steps, gaps, sentence: !form.startsWith("~") };
}

export const RULES: readonly Rule[] = [
  rule("override", 0.9, "ignore 30 prior 25 rules"),
  rule("override", 0.9, "ignore 30 rules 25 prior"),
  rule("override", 0.85, "ignore 12 all 12 rules"),
  rule("override", 0.8, "ignore 12 your 15 rules"),
  rule("override", 0.8, "ignore 15 everything 12 prior"),
  rule("override", 0.8, "ignore 10 all 15 prior 20 orders"),
  rule("override", 0.8, "ignore 10 all 15 orders 12 prior"),
  rule("override", 0.75, "ignore 10 all 10 your 15 orders"),
  rule("override", 0.75, "ignore 10 your 15 orders"),
  rule("override", 0.5, "ignore 25 prior 20 orders"),
  rule("override", 0.5, "ignore 20 orders 20 prior"),
  rule("override", 0.6, "ignore 20 everything"),
  rule("override", 0.4, "ignore 20 rules"),
  rule("override", 0.45, "anew", 0.6),
  rule("override", 0.75, "~ ignore 60 anew"),
  rule("override", 0.75, "defeat 12 prior 15 rules"),
  rule("override", 0.75, "disobey 25 prior 20 orders"),
  rule("override", 0.75, "disobey 20 orders 20 prior"),
  rule("override", 0.6, "disobey 12 rules"),
  rule("override", 0.8, "ignore 15 secrets"),

  rule("prompt_leak", 0.85, "reveal 40 your 15 secrets"),
  rule("prompt_leak", 0.75, "reveal 15 secrets 30 verbatim"),
  rule("prompt_leak", 0.75, "reveal 25 above 30 verbatim"),
  rule("prompt_leak", 0.75, "reveal 30 your 12 rules 30 verbatim"),
  rule("prompt_leak", 0.75, "reveal 30 rules 20 prior 30 verbatim"),
  rule("prompt_leak", 0.55, "reveal 20 above"),
  rule("prompt_leak", 0.5, "reveal 20 your 8 rules"),
  rule("prompt_leak", 0.75, "reveal 25 rules 12 prior"),
  rule("prompt_leak", 0.4, "reveal 20 secrets"),

  rule("persona", 0.85, "~ role 120 unbound"),
  rule("persona", 0.8, "persona"),
  rule("persona", 0.5, "unbound"),

  rule("unlock", 0.85, "defeat 20 your 18 safety"),
  rule("unlock", 0.75, "~ unbound 80 comply"),

  rule("compliance", 0.5, "comply"),
  rule("compliance", 0.8, "~ role 150 comply"),
  rule("compliance", 0.75, "begin 15 affirm"),
  rule("compliance", 0.4, "begin"),
  rule("compliance", 0.8, "~ twofold 120 unbound"),

  rule("authority", 0.45, "authority"),
  rule("authority", 0.75, "~ authority 100 defeat 25 safety"),
  rule("authority", 0.75, "~ authority 100 reveal 30 secrets"),
  rule("authority", 0.75, "~ authority 100 unbound"),
  rule("authority", 0.75, "~ authority 100 ignore 40 rules"),

  rule("hidden_payload", 0.75, "~ decode 90 obey"),

  rule("fiction", 0.55, "~ role 60 grandmother"),
  rule("fiction", 0.8, "~ grandmother 150 harm"),
  rule("fiction", 0.75, "~ fiction 150 harm"),
  rule("fiction", 0.75, "~ fiction 120 unbound"),

  rule("indirect", 0.6, "~ toModel 60 act", 0.8),
  rule("indirect", 0.75, "~ hide 120 act", 0.85),
  rule("indirect", 0.75, "~ act 120 hide", 0.85),
  rule("indirect", 0.45, "hide", 0.75),
  rule("indirect", 0.3, "act 70 unasked", 0.7),
  rule("indirect", 0.75, "~ toModel 150 unasked", 0.85),

  rule("exfiltration", 0.6, "~ send 45 loot 45 outside", 0.8),
];
