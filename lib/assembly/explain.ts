import type { Config } from "../config/config.ts";
import { noteRequest } from "../endpoints/note_request.ts";
import { GatewayError } from "../errors.ts";
import { openQuietFoundation } from "./quiet_foundation.ts";
import { buildStageParts } from "./stage_parts.ts";
import { jsonBytes } from "../stages/json_request.ts";
import { ModelRequest } from "../stages/model_request.ts";
import type { Stage } from "../stages/stage.ts";
import { Exchange } from "../telemetry/exchange.ts";
import { UncalledModels } from "./uncalled_models.ts";
import { openaiChat } from "../wire/openai_chat.ts";

/** What one stage did with a request. */
export interface ExplainedStage {
  readonly stage: string;
  readonly ms: number;
  /** What it found; empty where it had nothing to do. */
  readonly facts: Readonly<Record<string, unknown>>;
  /** Code of what it failed of; empty: it did not. */
  readonly error: string;
  /** Models that it would have asked. */
  readonly uncalled: readonly string[];
}

export interface Explanation {
  readonly stages: readonly ExplainedStage[];
  /** What would be asked: model of the configuration, then `provider/model` in their order. Null: nobody. */
  readonly decision: {
    readonly model: string;
    readonly targets: readonly string[];
    /** How much it is told to reason; null: nothing is said. */
    readonly effort: string | null;
  } | null;
  /** Why nobody is asked: the client's error, or the stage that answers. */
  readonly ended: string | null;
}

export interface ExplainOptions {
  readonly version: string;
  readonly model: string;
  readonly prompt: string;
  /** Whether stages may ask models. */
  readonly call: boolean;
}

/** Runs all stages but the last on a chat request, and tells what each finds and who would be asked. */
export async function explain(config: Config, options: ExplainOptions): Promise<Explanation> {
  const foundation = await openQuietFoundation(config, options.version);
  let uncalled: UncalledModels | null = null;
  const parts = await buildStageParts(
    config,
    foundation,
    options.call ? undefined : (inner) => uncalled = new UncalledModels(inner),
  );
  try {
    const { clock } = foundation;
    const exchange = new Exchange(clock.now(), clock.wall(), { finished() {} });
    const messages = [{ role: "user", content: options.prompt }];
    const request = new ModelRequest(openaiChat, jsonBytes({ model: options.model, messages }));
    noteRequest(exchange, request, "openai_chat");
    const stages: ExplainedStage[] = [];
    let ended: string | null = null;
    for (const stage of parts.stages.generation.slice(0, -1)) {
      const before = exchange.stageRuns.length;
      const startedAt = performance.now();
      ended = await endOf(stage, exchange, request);
      const ms = performance.now() - startedAt;
      const asked = (uncalled as UncalledModels | null)?.take() ?? [];
      const run = exchange.stageRuns[before];
      stages.push({
        stage: stage.name,
        ms,
        facts: { ...run?.facts },
        error: run?.errorType ?? "",
        uncalled: asked,
      });
      // What it failed of is that nobody was asked.
      if (asked.length > 0 && run?.facts === null) ended = null;
      if (ended !== null) break;
    }
    return {
      stages,
      ended,
      decision: ended !== null ? null : {
        model: request.model,
        targets: request.targets.map(({ provider, model }) => `${provider.name}/${model}`),
        effort: request.reasoning?.effort ?? null,
      },
    };
  } finally {
    await Promise.all([parts.calls, ...parts.providers.values()].map((each) => each.close()));
    await foundation.close();
    await foundation.telemetry.shutdown();
  }
}

async function endOf(stage: Stage, exchange: Exchange, request: ModelRequest): Promise<string | null> {
  try {
    const answer = await stage.run(exchange, request);
    return answer === null ? null : `${stage.name} answers`;
  } catch (error) {
    if (error instanceof GatewayError) return `${error.code}: ${error.message}`;
    throw error;
  }
}
