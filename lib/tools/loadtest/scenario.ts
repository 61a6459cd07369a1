/** From the level before it, in a straight line, to `level` times the users (or the rate) of the run. */
export interface Stage {
  readonly seconds: number;
  /** 1 is what the run was asked for; a stage of 0 seconds is a jump. */
  readonly level: number;
}

/** The shape of a load and how its users behave. */
export interface Scenario {
  readonly summary: string;
  /** What level 1 means unless `--users` says otherwise. */
  readonly users: number;
  /** Their seconds in all are the run time; another one stretches all of them alike. */
  readonly stages: readonly Stage[];
  /** How long a user waits between an answer and its next request: from, to, milliseconds. */
  readonly wait: readonly [number, number];
  /** As `--threshold` takes them; in force where none is given. */
  readonly thresholds: string;
}

/** How long all stages take, seconds. */
export function secondsOf(stages: readonly Stage[]): number {
  return stages.reduce((sum, { seconds }) => sum + seconds, 0);
}

/** The same shape in another time. Jumps stay jumps. */
export function stretched(stages: readonly Stage[], seconds: number): Stage[] {
  const factor = seconds / secondsOf(stages);
  return stages.map((stage) => ({ ...stage, seconds: stage.seconds * factor }));
}

/** The level `at` seconds after the start; that of the last stage after the end. */
export function levelAt(stages: readonly Stage[], at: number): number {
  let before = 0;
  let left = at;
  for (const { seconds, level } of stages) {
    if (left < seconds) return before + (level - before) * left / seconds;
    left -= seconds;
    before = level;
  }
  return before;
}

/** The highest level that the stages reach. */
export function peakOf(stages: readonly Stage[]): number {
  return Math.max(0, ...stages.map(({ level }) => level));
}
