import type { JsonObject, WireFormat } from "../../lib/wire/canonical.ts";
import type { ClientCodec } from "../../lib/wire/codec.ts";
import { CODECS } from "../../lib/wire/codecs.ts";
import { contains } from "./contains.ts";
import { type Feature, sayingOf } from "./feature.ts";
import { PLAIN_ANSWERS, PLAIN_REQUESTS } from "./plain.ts";

/** `none`: a provider of the format says no such thing. `left out`: the client's format has no place for it. */
export type AnswerOutcome = "none" | "bytes" | "mapped" | "left out" | "lost";

/** Takes a provider's answer to a client of another format. */
export function probeAnswer(
  feature: Feature,
  client: ClientCodec,
  format: WireFormat,
): { readonly outcome: AnswerOutcome; readonly body: JsonObject | null } {
  const { says } = sayingOf(feature, format);
  if (says === null) return { outcome: "none", body: null };
  if (client.format === format) return { outcome: "bytes", body: null };
  const answer = CODECS[format].decodeResponse({ ...PLAIN_ANSWERS[format], ...says });
  const body = client.encodeResponse(answer, {
    id: "a",
    model: "m",
    created: 1,
    request: PLAIN_REQUESTS[client.format],
    includeUsage: true,
  });
  const { hears } = sayingOf(feature, client.format);
  if (hears.length === 0) return { outcome: "left out", body };
  return { outcome: hears.some((heard) => contains(body, heard)) ? "mapped" : "lost", body };
}
