import type { InstrumentedProvider } from "../providers/instrumented_provider.ts";
import type { Backend } from "./backends/backend.ts";
import type { FallbackReason } from "./backends/fallback_reason.ts";
import type { Policy } from "./backends/policies.ts";
import type { Hedge } from "./upstream/hedge.ts";
import type { UpstreamTimeouts } from "../providers/provider.ts";

/**
 * What becomes of what a target's API cannot express, or its provider is known to refuse. `drop`: it is left out,
 * and the answer says so; `refuse`: so is the request; `pass`: it is sent on where the target may know it.
 */
export type DropParams = "refuse" | "drop" | "pass";

/** One place that can answer for a model. */
export interface Target {
  readonly provider: InstrumentedProvider;
  /** The model's name at the provider. */
  readonly model: string;
  /** The configured model that it is a target of; absent: none. */
  readonly of?: string;
  /** Share of the traffic, relative to the other targets; 0 takes part only when the others failed. */
  readonly weight: number;
  readonly timeouts: Partial<UpstreamTimeouts>;
  /** How it is doing. Absent: nobody keeps account. */
  readonly backend?: Backend;
  /** What becomes of what it cannot be told; absent: `drop`. */
  readonly dropParams?: DropParams;
  /** Which of its `chat_template_kwargs` switches reasoning on and off; absent: it takes an effort. */
  readonly reasoningSwitch?: string;
}

/** When another target goes on with a stream that broke off. `asked`: where the client asks for that. */
export type Continues = "never" | "asked" | "always";

/** A model as clients ask for it. */
export interface ModelEntry {
  readonly name: string;
  /** Empty where every provider of the model is switched off. */
  readonly targets: readonly Target[];
  /** Asked once none of the targets can answer. */
  readonly fallbacks?: readonly Target[];
  /** Asked where a target refuses the request for this reason. */
  readonly fallbacksFor?: Readonly<Partial<Record<FallbackReason, readonly Target[]>>>;
  /** When a second target is asked besides; absent: never. */
  readonly hedge?: Hedge;
  /** Whether another target goes on with a stream that broke off; absent: never. */
  readonly continues?: Continues;
  /** How its targets are ordered; absent: as all others'. */
  readonly policy?: Policy;
  /** What would switch on a target: `OPENAI_API_KEY`, for the 503 of a model with no target. */
  readonly missing: readonly string[];
  /** Unix seconds, for `/v1/models`. */
  readonly created: number;
  /** The model's own name, where this is an alias. */
  readonly canonical?: string;
  /** Names of the models among which the gateway chooses; absent: there is no choice. */
  readonly choices?: readonly string[];
  /** Whose it is, for `/v1/models`; absent: its first provider's. */
  readonly owner?: string;
}

/** The models that clients may ask for, by name; aliases are entries of their own name. */
export type ModelTable = ReadonlyMap<string, ModelEntry>;
