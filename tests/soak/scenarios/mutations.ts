import type { Account } from "../../security/mutations/account.ts";
import { rawRequests } from "../../security/mutations/raw_requests.ts";
import { mutatedRequests } from "../../security/mutations/requests.ts";
import { mutatedStreams } from "../../security/mutations/streams.ts";
import { exactly } from "../figure.ts";
import type { Scenario, Soak } from "../scenario.ts";

/** Seeds of runs of different seeds do not overlap. */
const SEEDS = 2 ** 31;

function report(soak: Soak, account: Account): void {
  for (const fault of account.faults) soak.note(fault);
  soak.figure("tried", account.count, "", null);
  const outcomes = [...account.outcomes].toSorted(([, a], [, b]) => b - a).slice(0, 8);
  for (const [outcome, count] of outcomes) soak.figure(`that ended as "${outcome}"`, count, "", null);
  soak.figure(
    "crashes, hangs, failures of the gateway, answers of no dialect",
    account.failed,
    "",
    exactly(0),
  );
}

function seedOf(soak: Soak): number {
  return Math.floor(soak.random() * SEEDS);
}

export const mutatedRequestsScenario: Scenario = {
  name: "mutated_requests",
  what: "1,000,000 mutated requests to all routes, as clients of HTTP can send them.",
  seconds: { long: 1800, short: 60 },
  alone: false,
  async run(soak) {
    report(soak, await mutatedRequests(seedOf(soak), soak.pick({ long: 1_000_000, short: 5000 })));
  },
};

export const rawRequestsScenario: Scenario = {
  name: "raw_requests",
  what: "100,000 mutated requests as bytes on connections: targets, Host, lengths, chunks.",
  seconds: { long: 1800, short: 60 },
  alone: false,
  async run(soak) {
    report(soak, await rawRequests(seedOf(soak), soak.pick({ long: 100_000, short: 2000 })));
  },
};

export const mutatedStreamsScenario: Scenario = {
  name: "mutated_streams",
  what: "1,000,000 mutated streams and whole answers of providers, between all formats.",
  seconds: { long: 1800, short: 60 },
  alone: false,
  async run(soak) {
    report(soak, await mutatedStreams(seedOf(soak), soak.pick({ long: 1_000_000, short: 5000 })));
  },
};
