import type { OpenRequestsView } from "../endpoints/admin/views.ts";
import type { LimitView } from "../console/limit_view.ts";
import type { ProcessView } from "../console/process_view.ts";
import type { AllViews } from "../endpoints/admin/telemetry_report.ts";
import type { AskEach } from "../console/workers_store.ts";
import type { ReadinessChecks } from "../endpoints/health.ts";
import type { Reload } from "./reloads.ts";
import type { Snapshot } from "../telemetry/metrics/snapshot.ts";
import type { JsonValue } from "../wire/canonical.ts";

/** What a process has of the others that are one gateway with it. */
export interface Together {
  readonly worker: { readonly number: number; readonly workers: number };
  /** Whether this one says what concerns all of them. */
  readonly speaks: boolean;
  readonly checks: ReadinessChecks;
  /** What all have counted together. @throws where that cannot be known now. */
  gather(own: Snapshot): Promise<Snapshot>;
  /** This one has had more memory in use than it may for too long: another is to take its place. */
  grown(bytes: number): void;
  /** Reads the configuration anew, for all. */
  reload(): Promise<Reload>;
  openRequests(limit: number): ReturnType<AllViews<OpenRequestsView>>;
  readonly telemetry: AllViews<JsonValue>;
  readonly processes: AllViews<ProcessView>;
  /** What each uses of its share. */
  readonly limits: AllViews<readonly LimitView[]>;
  /** Asks the store of requests that each has, in the order of their numbers. */
  readonly kept: AskEach;
}
