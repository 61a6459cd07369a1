import type { Speaker } from "../../../lib/stages/jailbreak/looked_at.ts";
import { ATTACKS, FORGED, INDIRECT } from "./attacks.ts";
import { HARMLESS, TEMPLATES } from "./harmless.ts";
import { CARRIERS, SPELLINGS } from "./spellings.ts";

export interface Labelled {
  readonly text: string;
  readonly by: Speaker;
  readonly attack: boolean;
  /** What it tries or how it is written. */
  readonly family: string;
  /** Half of the sentences were looked at while the phrases were written, and half were not. */
  readonly heldOut: boolean;
}

const OTHER_ALPHABETS = new Set(["chinese", "russian"]);

function labelled(
  texts: readonly string[],
  family: string,
  attack: boolean,
  by: Speaker = "user",
): Labelled[] {
  return texts.map((text, index) => ({ text, by, attack, family, heldOut: index % 2 === 1 }));
}

/** All of it, in a fixed order. */
export function corpus(): Labelled[] {
  const plain = Object.entries(ATTACKS).flatMap(([family, texts]) => labelled(texts, family, true));
  const latin = plain.filter(({ family }) => !OTHER_ALPHABETS.has(family));
  const spelt = Object.entries(SPELLINGS).flatMap(([family, spell], way) =>
    // Of each way others, so that none has only the easy ones.
    latin.filter((_, index) => index % 14 === way % 14).map((each) => ({
      ...each,
      family,
      text: spell(each.text),
    }))
  );
  const carried = CARRIERS.flatMap((carry, way) =>
    plain.filter((_, index) => index % 6 === way).map((each) => ({
      ...each,
      family: "carried",
      text: carry(each.text),
    }))
  );
  const harmless = [
    ...labelled(HARMLESS, "harmless", false),
    ...TEMPLATES.flatMap(({ form, parts }) => labelled(filled(form, parts), "made of parts", false)),
    // What tools say is held to more.
    ...labelled(HARMLESS, "harmless result", false, "tool"),
    ...labelled(
      HARMLESS.filter((text) => /^[ -~]+$/.test(text)).map((text) => SPELLINGS.base64?.(text) ?? ""),
      "harmless base64",
      false,
    ),
  ];
  return [
    ...plain,
    ...spelt,
    ...carried,
    ...labelled(INDIRECT, "indirect", true, "tool"),
    ...labelled(FORGED, "forged_turn", true),
    ...harmless,
  ];
}

function filled(form: string, parts: readonly (readonly string[])[]): string[] {
  let made = [form];
  for (const part of parts) made = made.flatMap((text) => part.map((word) => text.replace("{}", word)));
  return made;
}
