import type { ClientFormat, JsonObject } from "../../lib/wire/canonical.ts";

/** How a format says something: fields of a request or an answer, which go in place of the plain one's. */
export interface Saying {
  /** What a client writes; null: its format has no way to say it. */
  readonly says: JsonObject | null;
  /** What a provider may read in that place, any of it. Arrays hold at least these elements, in this order. */
  readonly hears: readonly JsonObject[];
}

/** A saying, in the one way in which it is both written and read; null: the format has none. */
export type InFormat = JsonObject | Saying | null;

/** One thing that can be asked for, or answered, and how each format says it. */
export interface Feature {
  /** For the table; unique. */
  readonly name: string;
  readonly group: string;
  /** Absent: the format has no way to say it. */
  readonly formats: Readonly<Partial<Record<ClientFormat, InFormat>>>;
  /** The answer is streamed, which some formats say in the path. */
  readonly stream?: true;
}

/** Written in one way, and read in this or others. */
export function saying(says: JsonObject, ...others: readonly JsonObject[]): Saying {
  return { says, hears: [says, ...others] };
}

/** Never written by a client of the format; what the gateway writes for those of others. */
export function writtenOnly(...hears: readonly JsonObject[]): Saying {
  return { says: null, hears };
}

/** Of an answer: what a provider says, and the gateway cannot say for another's. */
export function answeredOnly(says: JsonObject): Saying {
  return { says, hears: [] };
}

export function sayingOf(feature: Feature, format: ClientFormat): Saying {
  const given = feature.formats[format] ?? null;
  if (given === null) return { says: null, hears: [] };
  if ("says" in given && Array.isArray(given.hears)) return given as Saying;
  return saying(given as JsonObject);
}
