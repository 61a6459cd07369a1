import type { Path } from "../../path.ts";
import { pluginsOf } from "./decisions.ts";
import type { Reader } from "./reader.ts";

/** The router's types and the gateway's; null: it has no detector for what has no form. */
const TYPES: Readonly<Record<string, string | null>> = {
  AGE: null,
  CREDIT_CARD: "card",
  DATE_TIME: null,
  DOMAIN_NAME: null,
  EMAIL_ADDRESS: "email",
  GPE: null,
  IBAN_CODE: "iban",
  IP_ADDRESS: "ip",
  NRP: null,
  ORGANIZATION: null,
  PERSON: null,
  PHONE_NUMBER: "phone",
  STREET_ADDRESS: null,
  TITLE: null,
  US_DRIVER_LICENSE: null,
  US_SSN: "us_ssn",
  ZIP_CODE: null,
};

/** What one model, or one decision, lets through. */
interface Policy {
  readonly allowed: readonly string[];
  readonly original: Path;
}

/**
 * The router has a policy a model, or a decision; the gateway looks at a request before it knows who answers it. So
 * the strictest holds: what one of them denies is refused.
 */
export function convertPii(reader: Reader): void {
  const { draft } = reader;
  const detector = ["classifier", "pii_model"];
  noteOwnSettings(reader);
  const { denying, allowing } = reader.has(["decisions"]) ? ofDecisions(reader) : ofModels(reader);
  const [first] = denying;
  if (first === undefined) {
    // Nothing is denied, but what is found is to be seen in traces.
    if (!reader.has(detector)) return;
    draft.set(["pii", "enabled"], true, detector);
    draft.set(["pii", "on"], ["requests"], detector);
    draft.set(["pii", "action"], "allow", detector);
    noteDetector(reader, detector);
    return;
  }
  draft.set(["pii", "enabled"], true, first.original);
  draft.set(["pii", "on"], ["requests"], first.original);
  draft.set(["pii", "action"], "block", first.original);
  const allowed = Object.keys(TYPES).filter((type) =>
    denying.every((policy) => policy.allowed.includes(type))
  );
  for (const type of allowed) {
    const ours = TYPES[type] ?? null;
    if (ours !== null) draft.set(["pii", "types", ours], "allow", first.original);
  }
  const missed = Object.keys(TYPES).filter((type) => TYPES[type] === null && !allowed.includes(type));
  if (missed.length > 0) {
    draft.note(
      first.original,
      `what has no form to be found by is let through unless \`pii.presidio\` or \`pii.model\` looks for it: ${
        missed.join(", ")
      }. Of what has one more is refused than by the router, keys and passports among it`,
      ["pii"],
    );
  }
  if (differ(denying) || allowing) {
    draft.note(
      first.original,
      "one policy holds for all requests here, the strictest of the file: what one denies nobody gets",
      ["pii"],
    );
  }
  if (reader.has(detector)) noteDetector(reader, detector);
}

/** Of categories and decisions; whether there is a detector at all is said elsewhere. */
function noteOwnSettings(reader: Reader): void {
  const categories = reader.entries(["categories"]);
  for (const path of categories.map((it) => [...it, "pii_enabled"])) {
    if (reader.flag(path) === false) {
      reader.draft.note(path, "requests are looked at whatever they are about, where any is");
    }
  }
  const thresholds = [
    ...categories.map((path) => [...path, "pii_threshold"]),
    ...pluginsOf(reader, "pii").map((path) => [...path, "threshold"]),
  ];
  for (const path of thresholds.filter((it) => reader.has(it))) {
    reader.draft.note(path, "does not carry over: the detectors here are sure or find nothing");
  }
}

function noteDetector(reader: Reader, detector: Path): void {
  reader.draft.note(
    detector,
    "are other detectors here: checked forms and check digits in place of a trained model, so its threshold does not " +
      "carry over",
    ["pii"],
  );
}

function differ(policies: readonly Policy[]): boolean {
  const texts = policies.map(({ allowed }) => [...new Set(allowed)].toSorted().join());
  return new Set(texts).size > 1;
}

interface Policies {
  readonly denying: readonly Policy[];
  /** Another lets everything through. */
  readonly allowing: boolean;
}

/** A model that says nothing denies everything, as the router has it, where it has a model to find it with. */
function ofModels(reader: Reader): Policies {
  const denying: Policy[] = [];
  let allowing = false;
  for (const name of reader.names(["model_config"])) {
    const path = ["model_config", name, "pii_policy"];
    const original = reader.has(path) ? path : ["model_config", name];
    if (!reader.has(path) && !reader.has(["classifier", "pii_model"])) continue;
    if (reader.flag([...path, "allow_by_default"]) === true) allowing = true;
    else denying.push({ allowed: typesAt(reader, [...path, "pii_types_allowed"]), original });
  }
  return { denying, allowing };
}

function ofDecisions(reader: Reader): Policies {
  const denying = pluginsOf(reader, "pii")
    .filter((path) => reader.flag([...path, "enabled"]) === true)
    .map((original) => ({ allowed: typesAt(reader, [...original, "pii_types_allowed"]), original }));
  return { denying, allowing: reader.entries(["decisions"]).length > denying.length };
}

/** The router's types, which a mistake in their spelling would deny without a word. */
function typesAt(reader: Reader, path: Path): string[] {
  return reader.entries(path).flatMap((entry) => {
    const text = reader.text(entry);
    if (text === null || text.toUpperCase() === "NO_PII") return [];
    // Taggers say where a name begins and goes on.
    const type = text.toUpperCase().replace(/^[BI]-/, "");
    if (Object.hasOwn(TYPES, type)) return [type];
    reader.draft.note(entry, `"${text}" is no type of the router's, and allows nothing`);
    return [];
  });
}
