import type { Scenario } from "./scenario.ts";
import { streams, streamsOfWorkers } from "./scenarios/streams.ts";

/** All there are, in the order of docs/reliability.md. */
export const SCENARIOS: readonly Scenario[] = [
  streams,
  streamsOfWorkers,
];
