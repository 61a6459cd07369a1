/** The table of failures, section by section. */
import type { FailureRow } from "./row.ts";
import { CLIENTS } from "./clients.ts";
import { PROCESS } from "./process.ts";
import { RETRY } from "./retry.ts";
import { STREAMS } from "./streams.ts";

export interface FailureSection {
  readonly title: string;
  readonly rows: readonly FailureRow[];
}

export const SECTIONS: readonly FailureSection[] = [
  { title: "Streams", rows: STREAMS },
  { title: "Retry, breaker, overload", rows: RETRY },
  { title: "Hostile or broken clients", rows: CLIENTS },
  { title: "Dependencies and the process", rows: PROCESS },
];
