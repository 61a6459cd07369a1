import type { Scenario, Stage } from "./scenario.ts";

/** As a person would: reads the answer, thinks, writes. */
const PERSON = [1000, 3000] as const;
/** As a program would that works through a list. */
const PROGRAM = [100, 500] as const;

const MINUTE = 60;
const HOUR = 60 * MINUTE;

/** Level 1 at once, for so long. */
const constant = (seconds: number): Stage[] => [{ seconds: 0, level: 1 }, { seconds, level: 1 }];

const SPIKE: readonly Stage[] = [
  { seconds: 0, level: 0.1 },
  { seconds: MINUTE, level: 0.1 },
  { seconds: 5, level: 1 },
  { seconds: MINUTE, level: 1 },
  { seconds: 5, level: 0.1 },
  { seconds: 2 * MINUTE, level: 0.1 },
];

/** The scenarios by name: numbers of users and times are those that guides for LLM back ends recommend. */
export const SCENARIOS: Readonly<Record<string, Scenario>> = {
  smoke: {
    summary: "5 users for 30 s: does it work at all?",
    users: 5,
    stages: constant(30),
    wait: PERSON,
    thresholds: "errors<1%",
  },
  load: {
    summary: "10 to 50 users in 10 min: an ordinary day",
    users: 50,
    stages: [
      { seconds: 0, level: 0.2 },
      { seconds: 2 * MINUTE, level: 0.2 },
      { seconds: 3 * MINUTE, level: 1 },
      { seconds: 4 * MINUTE, level: 1 },
      { seconds: MINUTE, level: 0.2 },
    ],
    wait: PERSON,
    thresholds: "errors<1%",
  },
  stress: {
    summary: "100 to 500 users in 20 min: where does it break?",
    users: 500,
    stages: [
      { seconds: MINUTE, level: 0.2 },
      { seconds: 4 * MINUTE, level: 0.2 },
      { seconds: MINUTE, level: 0.4 },
      { seconds: 4 * MINUTE, level: 0.4 },
      { seconds: MINUTE, level: 0.7 },
      { seconds: 4 * MINUTE, level: 0.7 },
      { seconds: MINUTE, level: 1 },
      { seconds: 4 * MINUTE, level: 1 },
    ],
    wait: PROGRAM,
    thresholds: "",
  },
  spike: {
    summary: "10 users, suddenly 100, then 10 again, in 4 min: does it recover?",
    users: 100,
    stages: SPIKE,
    wait: PERSON,
    thresholds: "",
  },
  soak: {
    summary: "30 users for 4 h: does memory or latency grow?",
    users: 30,
    stages: [{ seconds: MINUTE, level: 1 }, { seconds: 4 * HOUR - MINUTE, level: 1 }],
    wait: PERSON,
    thresholds: "errors<1%,growth<5%",
  },
  gradual_load: {
    summary: "up to 50 users in steps and down again, 9 min",
    users: 50,
    stages: [
      { seconds: MINUTE, level: 0.2 },
      { seconds: 2 * MINUTE, level: 0.2 },
      { seconds: MINUTE, level: 0.5 },
      { seconds: 2 * MINUTE, level: 0.5 },
      { seconds: MINUTE, level: 1 },
      { seconds: MINUTE, level: 1 },
      { seconds: MINUTE, level: 0 },
    ],
    wait: PERSON,
    thresholds: "errors<1%",
  },
  spike_test: {
    summary: "spike, by the name that k6's file gives it",
    users: 100,
    stages: SPIKE,
    wait: PERSON,
    thresholds: "",
  },
  constant_load: {
    summary: "20 users for 5 min",
    users: 20,
    stages: constant(5 * MINUTE),
    wait: PERSON,
    thresholds: "errors<1%",
  },
  // What numbers alone mean, such as `--users 50`.
  custom: {
    summary: "as many users as you say, at once, for a minute or as long as you say",
    users: 10,
    stages: constant(MINUTE),
    wait: PERSON,
    thresholds: "",
  },
};
