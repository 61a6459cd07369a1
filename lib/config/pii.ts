import { nearest } from "../nearest.ts";
import type { Report } from "./check.ts";
import type { FileConfig } from "./schema.ts";

/** What is found without a pattern of the configuration; a test keeps it like the detectors. */
export const PII_TYPES = [
  ...["email", "phone", "card", "iban", "ip", "secret", "passport"],
  ...[
    "us_ssn",
    "ca_sin",
    "au_tfn",
    "nl_bsn",
    "uk_utr",
    "uk_nino",
    "de_tax_id",
    "pl_pesel",
    "br_cpf",
    "br_cnpj",
  ],
  ...["in_aadhaar", "in_pan", "ch_ahv", "fr_nir", "es_dni", "it_fiscal_code"],
];

/** @param written names of the file's models, those that have a fault of their own among them. */
export function checkPii(
  { pii, models: valid }: Pick<FileConfig, "pii" | "models">,
  written: readonly string[],
  report: Report,
): void {
  const models = new Set([...written, ...Object.values(valid).flatMap(({ aliases }) => aliases)]);
  if (pii.model !== null && !models.has(pii.model)) {
    report.add(["pii", "model"], `names no model of the configuration: "${pii.model}"`);
  }
  // What Presidio and a model find has names of their own.
  if (pii.presidio !== null || pii.model !== null) return;
  const known = [...PII_TYPES, ...Object.keys(pii.patterns)];
  for (const type of Object.keys(pii.types)) {
    if (known.includes(type)) continue;
    const near = nearest(type, known);
    report.add(
      ["pii", "types", type],
      `is no type that is looked for${near === null ? "" : `; did you mean "${near}"?`}`,
    );
  }
}
