import { peakOf, secondsOf, type Stage, stretched } from "./scenario.ts";
import { SCENARIOS } from "./scenarios.ts";
import { parseThresholds, type Threshold } from "./thresholds.ts";

/** What a person chose; null: as the scenario has it. */
export interface Choice {
  readonly scenario: string | null;
  readonly users: number | null;
  /** Users a second. */
  readonly spawnRate: number | null;
  readonly seconds: number | null;
  /** Requests a second of an open loop. */
  readonly rps: number | null;
  /** Milliseconds. */
  readonly wait: readonly [number, number] | null;
  readonly thresholds: string | null;
}

/** A load, decided in every respect. */
export interface Plan {
  readonly scenario: string;
  readonly stages: readonly Stage[];
  /** At level 1; of an open loop the most connections. */
  readonly users: number;
  /** Users that may be added a second; Infinity: as the stages say. */
  readonly spawnRate: number;
  /** Requests a second at level 1, whatever the answers do; null: each user waits for its answer. */
  readonly rate: number | null;
  /** Between an answer and the next request of a user, milliseconds: from, to. */
  readonly wait: readonly [number, number];
  readonly thresholds: readonly Threshold[];
}

/** What may be chosen, at most: more would end this program and not the server. */
export const LIMITS = { users: 15_000, spawnRate: 15_000, seconds: 7 * 86_400, rps: 500_000 } as const;

/** Connections of an open loop, unless users are given. */
const CONNECTIONS = 1000;

/** A choice that cannot be carried out; the message is for people. */
export class PlanError extends Error {
  override readonly name = "PlanError";
}

/** @throws {PlanError} */
export function planOf(choice: Choice): Plan {
  const name = choice.scenario ?? (choice.users === null && choice.rps === null ? "smoke" : "custom");
  const scenario = SCENARIOS[name];
  if (scenario === undefined) {
    throw new PlanError(`there is no scenario "${name}"; there are ${Object.keys(SCENARIOS).join(", ")}`);
  }
  for (const [key, limit] of Object.entries(LIMITS)) {
    const value = choice[key as keyof typeof LIMITS];
    if (value !== null && !(value > 0 && value <= limit)) {
      throw new PlanError(
        `${LIMIT_NAMES[key as keyof typeof LIMITS]} may be more than 0 and at most ${limit}`,
      );
    }
  }
  const { users, spawnRate, seconds, rps, wait } = choice;
  return {
    scenario: name,
    stages: seconds === null ? scenario.stages : stretched(scenario.stages, seconds),
    users: Math.round(users ?? (rps === null ? scenario.users : CONNECTIONS)),
    spawnRate: spawnRate ?? Infinity,
    rate: rps,
    wait: wait ?? scenario.wait,
    thresholds: thresholdsOf(choice.thresholds ?? scenario.thresholds),
  };
}

const LIMIT_NAMES = {
  users: "the number of users",
  spawnRate: "the spawn rate",
  seconds: "the run time (in seconds)",
  rps: "the number of requests a second",
} as const;

function thresholdsOf(text: string): Threshold[] {
  try {
    return parseThresholds(text);
  } catch (error) {
    if (error instanceof SyntaxError) throw new PlanError(error.message);
    throw error;
  }
}

/** `50 users for 5 min`, for people. */
export function describePlan({ stages, users, rate }: Plan): string {
  const peak = peakOf(stages);
  const load = rate === null ? `${Math.round(users * peak)} users` : `${rate * peak} requests a second`;
  const seconds = secondsOf(stages);
  const minutes = seconds / 60;
  if (seconds < 120) return `${load} for ${Math.round(seconds)} s`;
  return `${load} for ${minutes < 120 ? `${+minutes.toFixed(1)} min` : `${+(minutes / 60).toFixed(1)} h`}`;
}
