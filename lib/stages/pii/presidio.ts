import type { JsonValue } from "../../wire/canonical.ts";
import { type PostJson, unusable } from "../post_json.ts";
import type { RemoteDetector, RemoteFinding } from "./remote_detector.ts";

export interface PresidioOptions {
  /** Of the analyser, without `/analyze`. */
  readonly url: string;
  readonly language: string;
  readonly minScore: number;
  /** Milliseconds for one answer. */
  readonly timeout: number;
  readonly post: PostJson;
}

/** Presidio's names for what has one here. */
const TYPES: ReadonlyMap<string, string> = new Map([
  ["EMAIL_ADDRESS", "email"],
  ["PHONE_NUMBER", "phone"],
  ["CREDIT_CARD", "card"],
  ["IBAN_CODE", "iban"],
  ["IP_ADDRESS", "ip"],
  ["UK_NINO", "uk_nino"],
  ["ES_NIF", "es_dni"],
]);

/** Texts go to the analyser as one, this between them, so that nothing is found across. */
const BETWEEN = "\n\n";
const WHO = "The Presidio analyser";

/**
 * A Presidio analyser.
 * @see https://microsoft.github.io/presidio/api-docs/api-docs.html
 */
export function presidioDetector(options: PresidioOptions): RemoteDetector {
  const url = `${options.url.replace(/\/+$/, "")}/analyze`;
  return {
    async find(_exchange, _run, texts) {
      const text = texts.join(BETWEEN);
      const body = { text, language: options.language, score_threshold: options.minScore };
      return findings(text, await options.post(url, body, { who: WHO, timeout: options.timeout }));
    },
  };
}

function findings(text: string, found: JsonValue): RemoteFinding[] {
  if (!Array.isArray(found)) throw unusable(WHO, "no list");
  const offsets = codePointOffsets(text);
  return found.flatMap((entity) => {
    if (typeof entity !== "object" || entity === null || Array.isArray(entity)) {
      throw unusable(WHO, "no entity");
    }
    const { entity_type: type, start, end } = entity;
    if (typeof type !== "string" || typeof start !== "number" || typeof end !== "number") {
      throw unusable(WHO, "no entity");
    }
    const value = text.slice(offsets(start), offsets(end));
    const name = TYPES.get(type) ?? type.toLowerCase();
    // Where it was found across texts, each has its own part of it.
    return value.split(BETWEEN).filter((part) => part.trim() !== "").map((part) => ({
      type: name,
      value: part,
    }));
  });
}

/** Presidio counts characters as Python does: those beyond the basic plane once. */
function codePointOffsets(text: string): (offset: number) => number {
  if (!/[\ud800-\udbff]/.test(text)) return (offset) => offset;
  const offsets: number[] = [];
  let at = 0;
  for (const character of text) {
    offsets.push(at);
    at += character.length;
  }
  return (offset) => offsets[offset] ?? at;
}
