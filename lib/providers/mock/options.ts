import type { Clock } from "../../clock.ts";
import { Deadlines } from "../../deadlines.ts";
import { IdSource, type RandomSource } from "../../wire/ids.ts";
import { type Behaviour, parseBehaviour, PLAIN } from "./behaviour.ts";
import { Shelf } from "./operations/shelf.ts";
import type { MockSetting } from "./plan.ts";
import type { Pace } from "./playback.ts";
import { seededRandom } from "./seeded_random.ts";

export interface MockOptions {
  /** For all requests: as words (`latency=200ms,error_rate=0.1`), or as fields. */
  readonly behaviour?: string | Partial<Behaviour>;
  /** Of the numbers that decide which requests fail. Default 1. */
  readonly seed?: number;
  /** Makes the ids come from the seed too, so that whole answers can be compared. */
  readonly seededIds?: boolean;
}

/** How exactly a stream is paced, milliseconds. */
const RESOLUTION = 2;

/** @throws {BehaviourError} */
export function settingOf(options: MockOptions, clock: Clock): MockSetting {
  const { behaviour = "", seed = 1 } = options;
  const ids = options.seededIds === true ? new IdSource(seededBytes(seed)) : new IdSource();
  return {
    behaviour: typeof behaviour === "string" ? parseBehaviour(behaviour) : { ...PLAIN, ...behaviour },
    random: seededRandom(seed),
    ids,
    clock,
    shelf: new Shelf(),
  };
}

export function paceOf(clock: Clock): Pace {
  return { clock, deadlines: new Deadlines(clock, RESOLUTION) };
}

function seededBytes(seed: number): RandomSource {
  const random = seededRandom(seed);
  return (bytes) => {
    for (let i = 0; i < bytes.length; i++) bytes[i] = Math.floor(random() * 256);
  };
}
