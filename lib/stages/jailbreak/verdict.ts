import type { JsonObject } from "../../wire/canonical.ts";
import { unusable } from "../post_json.ts";
import type { Suspicion } from "./detector.ts";
import { type Said, type Speaker, SPEAKERS } from "./looked_at.ts";

const LONGEST_TYPE = 40;

/**
 * What others say of a request: `{"<flag>": true, "score": 0.9, "type": "override", "by": "user"}`, all but the first
 * optional.
 *
 * @param texts what they were shown, for who said the last of it where they do not say.
 * @throws {GatewayError} where it is no verdict: what nobody judged is not known to be harmless.
 */
export function readVerdict(
  answer: JsonObject,
  flag: string,
  texts: readonly Said[],
  who: string,
): Suspicion | null {
  const { score = 1, type = "attack", by } = answer;
  const flagged = answer[flag];
  if (typeof flagged !== "boolean") throw unusable(who, `no "${flag}"`);
  if (!flagged) return null;
  if (typeof score !== "number" || !(score >= 0 && score <= 1)) {
    throw unusable(who, '"score" is none from 0 to 1');
  }
  return {
    score,
    type: typeof type === "string" ? named(type) : "attack",
    by: SPEAKERS.find((speaker) => speaker === by) ?? lastOf(texts),
  };
}

/** Names go into a header and a trace. */
function named(type: string): string {
  return type.slice(0, LONGEST_TYPE).toLowerCase().replaceAll(/[^a-z0-9_]+/g, "_") || "attack";
}

function lastOf(texts: readonly Said[]): Speaker {
  return texts.at(-1)?.by ?? "user";
}
