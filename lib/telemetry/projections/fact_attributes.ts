import { attributeKey } from "../names/attribute_key.ts";
import { type AttributeRow, ATTRIBUTES, type Fact } from "../names/attributes.ts";
import type { Profile } from "../names/profiles.ts";
import type { SpanType } from "../names/spans.ts";
import { Attributes } from "./attributes.ts";
import { NOWHERE, requestTexts } from "./request_texts.ts";
import { cut } from "./text.ts";
import {
  type Asked,
  type FactValues,
  SPAN_FACTS,
  type SpanFacts,
  type SpanSubjects,
  UNIQUE,
} from "./span_facts.ts";

/** Facts of one form that have names here, in the order of their places. */
interface NamedFacts {
  /** Which of the form's facts. */
  readonly facts: readonly number[];
  /**
   * As which text of a request; negative: as none. It is another with each request: to compare two ids takes V8 longer
   * than to write one.
   */
  readonly unique: readonly number[];
  /** Where the attributes of each of them begin, and at the end where those of the last one end. */
  readonly places: readonly number[];
}

/** The facts of one kind of spans as attributes, under the names of the configured profiles. */
export class FactAttributes<Type extends SpanType> {
  /** As they are filled; what has more comes behind. */
  readonly attributes: Attributes;
  /** Those that have a value. */
  told = 0;
  readonly #read: SpanFacts<Type>["read"];
  readonly #texts: NamedFacts;
  readonly #numbers: NamedFacts;
  readonly #others: NamedFacts;
  readonly #asked: Asked;
  readonly #maxLength: number;
  /** All facts of the span before. */
  #before: FactValues;
  /** Attributes were left out of the span before, so that its facts do not say what stands there. */
  #anew = false;

  /** @param maxLength characters that a text may have. */
  constructor(type: Type, profiles: readonly Profile[], maxLength: number) {
    const { names, read }: SpanFacts<Type> = SPAN_FACTS[type];
    const { texts, numbers, others } = names;
    const owned = ownedNames([...texts, ...numbers, ...others], profiles);
    const keys: string[] = [];
    this.#read = read;
    this.#texts = namedFacts(texts, owned, keys);
    this.#numbers = namedFacts(numbers, owned, keys);
    this.#others = namedFacts(others, owned, keys);
    this.#asked = {
      overhead: owned.has("overhead"),
      invocation_parameters: owned.has("invocation_parameters"),
    };
    this.#maxLength = maxLength;
    this.#before = {
      texts: texts.map(() => ""),
      numbers: numbers.map(() => NaN),
      others: others.map(() => null),
    };
    const order = [...owned.values()].flat().map((name) => keys.indexOf(name));
    this.attributes = new Attributes(keys.map(attributeKey), order);
  }

  /**
   * Looks at each fact once, whatever names it has, and touches only what is another than in the last span of this kind:
   * most are as they were.
   * @param texts what `requestTexts` has of the request; negative: nothing.
   */
  fill(subject: SpanSubjects[Type], texts: number): void {
    const now = this.#read(subject, this.#asked);
    const before = this.#before;
    const anew = this.#anew;
    this.#before = now;
    this.#anew = false;
    this.attributes.clear();
    this.attributes.bytes = requestTexts.bytes;
    this.#fillTexts(now.texts, before.texts, anew, texts);
    this.#fillNumbers(now.numbers, before.numbers, anew);
    this.#fillOthers(now.others, before.others, anew);
  }

  /** Leaves out what is beyond so many. @returns how many those are. */
  limit(most: number): number {
    const dropped = this.told - most;
    if (dropped <= 0) return 0;
    this.attributes.truncate(most);
    this.told = most;
    this.#anew = true;
    return dropped;
  }

  #fillTexts(now: FactValues["texts"], before: FactValues["texts"], anew: boolean, texts: number): void {
    const { facts, unique, places } = this.#texts;
    const most = this.#maxLength;
    for (let n = 0; n < facts.length; n++) {
      const fact = facts[n] as number;
      const text = now[fact] as string;
      const which = unique[n] as number;
      if (!anew && which < 0 && text === before[fact]) continue;
      const at = which < 0 ? which : requestTexts.place(texts, which);
      this.#put(places, n, text === "" ? null : cut(text, most), at);
    }
  }

  #fillNumbers(now: FactValues["numbers"], before: FactValues["numbers"], anew: boolean): void {
    const { facts, places } = this.#numbers;
    for (let n = 0; n < facts.length; n++) {
      const fact = facts[n] as number;
      const number = now[fact] as number;
      const last = before[fact] as number;
      const nothing = Number.isNaN(number);
      if (!anew && (number === last || nothing && Number.isNaN(last))) continue;
      const end = places[n + 1] as number;
      for (let place = places[n] as number; place < end; place++) {
        if (this.attributes.putNumber(place, number)) this.told--;
        if (!nothing) this.told++;
      }
    }
  }

  #fillOthers(now: FactValues["others"], before: FactValues["others"], anew: boolean): void {
    const { facts, places } = this.#others;
    for (let n = 0; n < facts.length; n++) {
      const fact = facts[n] as number;
      const value = now[fact] ?? null;
      if (anew || value !== before[fact]) this.#put(places, n, value);
    }
  }

  #put(
    places: readonly number[],
    n: number,
    value: string | FactValues["others"][number],
    at = NOWHERE,
  ): void {
    const end = places[n + 1] as number;
    for (let place = places[n] as number; place < end; place++) {
      if (this.attributes.putValue(place, value, at)) this.told--;
      if (value !== null) this.told++;
    }
  }
}

/** In the order of the table, profile by profile; where two profiles give one name, the first keeps it. */
function ownedNames(
  facts: readonly Fact[],
  profiles: readonly Profile[],
): ReadonlyMap<Fact, readonly string[]> {
  const rows = (Object.keys(ATTRIBUTES) as Fact[]).filter((fact) => facts.includes(fact));
  const taken = new Set<string>();
  const owned = new Map<Fact, string[]>();
  for (const profile of profiles) {
    for (const fact of rows) {
      const names = namesOf(fact, profile).filter((name) => !taken.has(name));
      names.forEach((name) => taken.add(name));
      if (names.length > 0) owned.set(fact, [...owned.get(fact) ?? [], ...names]);
    }
  }
  return owned;
}

/** @param keys of the places so far, behind which those of these facts are put. */
function namedFacts(
  facts: readonly Fact[],
  owned: ReadonlyMap<Fact, readonly string[]>,
  keys: string[],
): NamedFacts {
  const named = facts.filter((fact) => owned.has(fact));
  const places = [keys.length];
  for (const fact of named) {
    keys.push(...owned.get(fact) ?? []);
    places.push(keys.length);
  }
  return {
    facts: named.map((fact) => facts.indexOf(fact)),
    unique: named.map((fact) => UNIQUE.get(fact) ?? NOWHERE),
    places,
  };
}

function namesOf(fact: Fact, profile: Profile): readonly string[] {
  const row: AttributeRow = ATTRIBUTES[fact];
  return row.names[profile] ?? [];
}
