import type { Scenario } from "./scenario.ts";
import { DEPENDENCIES } from "./scenarios/dependencies.ts";
import { amplification } from "./scenarios/amplification.ts";
import { disconnects } from "./scenarios/disconnects.ts";
import { failingProvider } from "./scenarios/failing_provider.ts";
import { KILLS } from "./scenarios/kill.ts";
import { mixed } from "./scenarios/mixed.ts";
import { overload } from "./scenarios/overload.ts";
import {
  mutatedRequestsScenario,
  mutatedStreamsScenario,
  rawRequestsScenario,
} from "./scenarios/mutations.ts";
import { reloads } from "./scenarios/reloads.ts";
import { secrets } from "./scenarios/secrets.ts";
import { shutdown } from "./scenarios/shutdown.ts";
import { slowClients } from "./scenarios/slow_clients.ts";
import { stalledReaders } from "./scenarios/stalled_readers.ts";
import { streams, streamsOfWorkers } from "./scenarios/streams.ts";
import { tenants } from "./scenarios/tenants.ts";

/** All there are, in the order of docs/reliability.md. */
export const SCENARIOS: readonly Scenario[] = [
  streams,
  streamsOfWorkers,
  disconnects,
  failingProvider,
  stalledReaders,
  slowClients,
  ...KILLS,
  ...DEPENDENCIES,
  shutdown,
  reloads,
  overload,
  mutatedRequestsScenario,
  rawRequestsScenario,
  mutatedStreamsScenario,
  tenants,
  secrets,
  amplification,
  mixed,
];
