import type { Exchange } from "../../telemetry/exchange.ts";
import type { ClassifierRun } from "../classification/category.ts";
import type { ModelRequest } from "../model_request.ts";
import type { Candidate } from "./candidate.ts";
import type { RequestNeeds } from "./request_needs.ts";

/** Whether and how much a model shall reason; null: nothing is said. */
export interface ReasoningWish {
  readonly enabled: boolean | null;
  readonly effort: string | null;
}

/** What a strategy decides by. */
export interface RoutingQuestion {
  readonly exchange: Exchange;
  readonly request: ModelRequest;
  /** The span that calls of models belong to. */
  readonly run: ClassifierRun;
  readonly needs: RequestNeeds;
  /** What the request is about; empty: nobody said. */
  readonly category: string;
  /** Models that can do what the request needs; never empty. */
  readonly candidates: readonly Candidate[];
  /** The prompt's text, as far as it is looked at. */
  text(): string;
}

export interface RoutingChoice {
  /** A candidate's name. */
  readonly model: string;
  /** A few words. */
  readonly reason: string;
  readonly reasoning?: ReasoningWish;
}

/** Chooses a model; null where nothing speaks for one. */
export interface Strategy {
  readonly name: string;
  /** The model that it asks for its own work; null: none. */
  readonly model: string | null;
  choose(question: RoutingQuestion): RoutingChoice | null | Promise<RoutingChoice | null>;
}
