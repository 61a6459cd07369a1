import type { Clock } from "../clock.ts";
import { type Exchange, StageRun } from "../telemetry/exchange.ts";
import { newSpanId } from "../telemetry/ids.ts";
import { nobodyAvailable } from "./backends/attempt_end.ts";
import { orderBy, type Policy, type PolicyContext, stickyOrder } from "./backends/policies.ts";
import type { RoutedRequest } from "./json_request.ts";
import type { ModelEntry, ModelTable, Target } from "./model_table.ts";
import type { Stage } from "./stage.ts";

export interface BackendSelectionOptions extends PolicyContext {
  readonly clock: Clock;
  readonly models: ModelTable;
  /** Of models that have none of their own. */
  readonly policy: Policy;
  /** Whether requests of one conversation go to one target as long as that is there. */
  readonly sticky: boolean;
  /** Whether the selection has a span. */
  readonly recorded: boolean;
}

/** Puts the targets of a request into the order in which they are tried; those that are not to be asked are left out. */
export function backendSelection(options: BackendSelectionOptions): Stage<RoutedRequest> {
  const { clock, models, recorded } = options;
  return {
    name: "backend_selection",
    phase: "select",
    run(exchange, request) {
      const entry = models.get(request.model);
      const policy = entry?.policy ?? options.policy;
      const startedAt = recorded ? clock.now() : NaN;
      const own = ordered(request.targets, policy, exchange, options);
      const { fallbacks, fallbacksFor } = allowedFallbacks(exchange, entry);
      const spare = fallbacks === undefined ? [] : ordered(fallbacks, policy, exchange, options);
      if (own.length + spare.length === 0 && request.targets.length > 0) {
        throw nobodyAvailable(request.targets);
      }
      const candidates = request.targets.length;
      request.targets = spare.length === 0 ? own : own.concat(spare.filter((it) => !own.includes(it)));
      if (entry?.hedge !== undefined) request.hedge = entry.hedge;
      if (entry?.continues !== undefined) request.continues = entry.continues;
      if (fallbacksFor !== undefined) request.rescue = fallbacksFor;
      if (recorded) record(exchange, request.targets[0], policy, candidates, startedAt, clock);
      return null;
    },
  };
}

const NONE: Pick<ModelEntry, "fallbacks" | "fallbacksFor"> = {};

/** Those of models that the caller's key may ask for. */
function allowedFallbacks(exchange: Exchange, entry: ModelEntry | undefined): typeof NONE {
  const models = exchange.principal?.access?.models;
  if (entry === undefined || models === undefined || !models.restricted) return entry ?? NONE;
  const allowed = (targets: readonly Target[]) => targets.filter(({ of = "" }) => models.has(of));
  const { fallbacks, fallbacksFor } = entry;
  return {
    ...(fallbacks === undefined ? {} : { fallbacks: allowed(fallbacks) }),
    ...(fallbacksFor === undefined ? {} : {
      fallbacksFor: Object.fromEntries(
        Object.entries(fallbacksFor).map(([reason, targets]) => [reason, allowed(targets)]),
      ),
    }),
  };
}

function ordered(
  targets: readonly Target[],
  policy: Policy,
  exchange: Exchange,
  options: BackendSelectionOptions,
): readonly Target[] {
  const available = targets.every(isAvailable) ? targets : targets.filter(isAvailable);
  if (available.length < 2) return available;
  const order = orderBy(policy, available, options);
  const key = options.sticky ? exchange.sessionId : "";
  return key === "" ? order : stickyOrder(order, key);
}

function isAvailable({ backend }: Target): boolean {
  return backend === undefined || backend.available;
}

function record(
  exchange: Exchange,
  target: Target | undefined,
  policy: Policy,
  candidates: number,
  startedAt: number,
  clock: Clock,
): void {
  const run = new StageRun("backend_selection", startedAt);
  run.endedAt = clock.now();
  if (exchange.traced) run.spanId = newSpanId();
  const { provider } = target ?? {};
  const endpoint = provider === undefined ? "" : `${provider.serverAddress}:${provider.serverPort}`;
  run.facts = { endpoint, policy, candidates };
  exchange.stageRuns.push(run as unknown as StageRun);
}
