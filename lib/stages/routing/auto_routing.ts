import { GatewayError } from "../../errors.ts";
import type { Exchange, StageFacts, StageRun } from "../../telemetry/exchange.ts";
import { effortOf } from "../../wire/reasoning_effort.ts";
import { classifiedText } from "../classification/classified_text.ts";
import type { ModelRequest } from "../model_request.ts";
import type { ModelTable } from "../model_table.ts";
import { recordedStage, type RecordedStageOptions, type StageResult } from "../recorded_stage.ts";
import { mayAsk, modelNotAllowed } from "../model_access.ts";
import { modelFinder, specified } from "../routing_decision.ts";
import type { Stage } from "../stage.ts";
import { type Candidate, fits } from "./candidate.ts";
import { needsOf } from "./request_needs.ts";
import type { ReasoningWish, RoutingChoice, RoutingQuestion, Strategy } from "./strategy.ts";

/** How requests of a category are to be reasoned about. */
export interface CategoryReasoning extends ReasoningWish {
  /** By model, where one differs. */
  readonly models: ReadonlyMap<string, ReasoningWish>;
}

export interface AutoRoutingOptions extends RecordedStageOptions {
  readonly models: ModelTable;
  /** Models for which one is chosen. */
  readonly autoNames: ReadonlySet<string>;
  readonly strategy: Strategy;
  readonly candidates: readonly Candidate[];
  /** Chosen where nothing speaks for another; null: the first that fits. */
  readonly defaultModel: string | null;
  readonly reasoning: ReadonlyMap<string, CategoryReasoning>;
  /** How much is reasoned where nobody says how much. */
  readonly effort: string;
  /** Characters of a prompt that are looked at. */
  readonly maxLength: number;
}

type Facts = StageFacts["routing_decision"];

/** Chooses a model for requests that leave it to the gateway; the others keep theirs. */
export function autoRouting(options: AutoRoutingOptions): Stage {
  const { models, autoNames, strategy, candidates, maxLength } = options;
  const find = modelFinder(models);
  const byName = new Map(candidates.map((candidate) => [candidate.entry.name, candidate]));

  const recorded = recordedStage<"routing_decision", ModelRequest>(
    "routing_decision",
    "route",
    (exchange, request, run) => {
      if (!autoNames.has(request.model)) return { facts: specified(exchange.requestedModel, request.model) };
      const needs = needsOf(request);
      const choosable = allowedTo(exchange);
      const fitting = choosable.filter((candidate) => fits(candidate, needs));
      const fallback = fallbackOf(fitting, choosable);
      if (fitting.length === 0) return settled(exchange, request, run, fallback, 0);
      const question: RoutingQuestion = {
        exchange,
        request,
        run: run as unknown as { readonly spanId: string },
        needs,
        category: exchange.category,
        candidates: fitting,
        text: () => classifiedText(request.canonical, "last_user", maxLength),
      };
      const count = fitting.length;
      const choice = strategy.choose(question);
      return choice instanceof Promise
        ? choice.then((it) => settled(exchange, request, run, it ?? fallback, count))
        : settled(exchange, request, run, choice ?? fallback, count);
    },
    { ...options, onFailure: "open" },
  );

  function settled(
    exchange: Exchange,
    request: ModelRequest,
    run: StageRun<"routing_decision">,
    choice: RoutingChoice,
    modelCount: number,
  ): StageResult<"routing_decision"> {
    // After its deadline the request has gone on with the default.
    const late = run.endedAt >= 0;
    if (!late) select(request, choice.model);
    const reasoning = late ? UNSAID : reasoned(exchange, request, choice);
    return { facts: factsOf(exchange, choice, modelCount, reasoning) };
  }

  function factsOf(
    exchange: Exchange,
    choice: RoutingChoice,
    modelCount: number,
    reasoning: Reasoning,
  ): Facts {
    return {
      strategy: strategy.name,
      reason: choice.reason,
      requestedModel: exchange.requestedModel,
      selectedModel: choice.model,
      modelCount,
      ...reasoning,
    };
  }

  function select(request: ModelRequest, model: string): void {
    request.targets = find(model).targets;
    request.model = model;
  }

  /** The candidates that the caller's key may ask for. */
  function allowedTo(exchange: Exchange): readonly Candidate[] {
    const access = exchange.principal?.access ?? null;
    if (access === null || !access.models.restricted || candidates.length === 0) return candidates;
    const allowed = candidates.filter(({ entry }) => mayAsk(access, entry));
    if (allowed.length === 0) throw modelNotAllowed(access, exchange.requestedModel);
    return allowed;
  }

  /** @param choosable those among them that the request does not fit, too. */
  function fallbackOf(fitting: readonly Candidate[], choosable: readonly Candidate[]): RoutingChoice {
    const { defaultModel } = options;
    const [first = choosable[0]] = fitting;
    if (first === undefined) {
      throw new GatewayError("provider_not_configured", "No model that may be chosen has a provider.", {
        param: "model",
      });
    }
    const among = fitting.length === 0 ? choosable : fitting;
    const model = defaultModel !== null && among.some(({ entry }) => entry.name === defaultModel)
      ? defaultModel
      : first.entry.name;
    if (fitting.length === 0) return { model, reason: "no model is known to fit" };
    return { model, reason: model === defaultModel ? "default model" : "first that fits" };
  }

  /** What the client says of reasoning counts; where it says nothing, the rule, the category's model, the category. */
  function reasoned(exchange: Exchange, request: ModelRequest, choice: RoutingChoice): Reasoning {
    const asked = request.canonical.reasoning;
    if (asked !== undefined) {
      const effort = effortOf(asked) ?? "";
      const enabled = effort !== "none" && asked.budgetTokens !== 0;
      return { reasoningEnabled: enabled, reasoningEffort: enabled ? effort : "" };
    }
    const category = options.reasoning.get(exchange.category);
    const wishes = [choice.reasoning, category?.models.get(choice.model), category];
    const enabled = wishes.map((wish) => wish?.enabled ?? null).find((it) => it !== null) ?? null;
    if (enabled === null) return UNSAID;
    // A model that cannot reason would refuse to be told to.
    if (!enabled || byName.get(choice.model)?.can.reasoning === false) {
      request.reasoning = NO_REASONING;
      return OFF;
    }
    const effort = wishes.map((wish) => wish?.effort ?? null).find((it) => it !== null) ?? options.effort;
    request.reasoning = { effort };
    return { reasoningEnabled: true, reasoningEffort: effort };
  }

  return {
    ...recorded,
    run(exchange, request) {
      const auto = autoNames.has(request.model);
      if (!auto) {
        request.targets = find(request.model).targets;
        return recorded.run(exchange, request);
      }
      // A request that means nothing is the client's fault, and no failure of the choice.
      request.canonical;
      // Whatever becomes of the choice, there is a model; its name is still the client's.
      const choosable = allowedTo(exchange);
      const fallback = fallbackOf(choosable, choosable).model;
      request.targets = find(fallback).targets;
      const result = recorded.run(exchange, request);
      return result instanceof Promise
        ? result.then(() => told(exchange, request, fallback))
        : told(exchange, request, fallback);
    },
  };

  /** Where the choice failed or came too late, what was done instead. */
  function told(exchange: Exchange, request: ModelRequest, fallback: string): null {
    const run = exchange.stageRuns.at(-1);
    if (run?.stage !== "routing_decision" || run.facts !== null) return null;
    select(request, fallback);
    const choice = { model: request.model, reason: `${strategy.name} failed, default model` };
    run.facts = factsOf(exchange, choice, candidates.length, UNSAID);
    return null;
  }
}

type Reasoning = Pick<Facts, "reasoningEnabled" | "reasoningEffort">;

const UNSAID: Reasoning = { reasoningEnabled: null, reasoningEffort: "" };
const NO_REASONING = { effort: "none" };
const OFF: Reasoning = { reasoningEnabled: false, reasoningEffort: "" };
