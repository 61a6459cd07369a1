import { DIGIT_IDS, WORD_IDS } from "./national_ids.ts";

/** What is found without a configuration of its own. */
export const BUILT_IN_TYPES: readonly string[] = [
  ...new Set([
    "email",
    "phone",
    "card",
    "iban",
    "ip",
    "secret",
    "uk_nino",
    ...DIGIT_IDS.map(({ type }) => type),
    ...WORD_IDS.map(({ type }) => type),
  ]),
];
