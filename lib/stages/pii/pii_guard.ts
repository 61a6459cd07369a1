import { type Exchange, StageRun } from "../../telemetry/exchange.ts";
import { newSpanId } from "../../telemetry/ids.ts";
import type { ClientFormat, JsonObject } from "../../wire/canonical.ts";
import type { Clock } from "../../clock.ts";
import type { AnswerGuard, EventGuard } from "../answer_guard.ts";
import { EventFilter } from "./event_filter.ts";
import { filterWhole } from "./filters.ts";
import { Inspector } from "./inspector.ts";
import { ANSWER_FIELDS, mapTexts } from "./map_texts.ts";
import type { Placeholders } from "./placeholders.ts";
import type { PiiPolicy } from "./policy.ts";

/** Formats whose reasoning is signed, or stands with a signature in what the client sends back. */
const SIGNING: ReadonlySet<ClientFormat> = new Set([
  "anthropic_messages",
  "bedrock_converse",
  "google_generate_content",
  "google_interactions",
]);

export interface PiiGuardOptions {
  readonly exchange: Exchange;
  readonly clock: Clock;
  /** The client's format. */
  readonly format: ClientFormat;
  readonly placeholders: Placeholders;
  /** Null: answers are not looked at, and placeholders become again what they stand for. */
  readonly policy: PiiPolicy | null;
}

/** Looks at one request's answer, and puts back what the model was not told. */
export class PiiGuard implements AnswerGuard {
  readonly #options: PiiGuardOptions;

  constructor(options: PiiGuardOptions) {
    this.#options = options;
  }

  whole(answer: JsonObject, source: ClientFormat): JsonObject {
    const { format } = this.#options;
    const inspection = this.#begin();
    let changed = answer;
    try {
      for (const field of ANSWER_FIELDS[format]) {
        const value = answer[field];
        if (value === undefined) continue;
        const mapped = mapTexts(value, {
          map: (text, place) => filterWhole(text, inspection.inspector, true, place),
          signedReasoning: SIGNING.has(source),
          onDropped: () => this.#dropLogprobs(),
        });
        if (mapped !== value) changed = { ...changed, [field]: mapped };
      }
    } finally {
      inspection.end();
    }
    return changed;
  }

  events(source: ClientFormat): EventGuard {
    const inspection = this.#begin();
    const filter = new EventFilter({
      inspector: inspection.inspector,
      signedReasoning: SIGNING.has(source),
      onDroppedLogprobs: () => this.#dropLogprobs(),
      onEnd: inspection.end,
    });
    return {
      push(events) {
        try {
          return filter.push(events);
        } catch (error) {
          inspection.end();
          throw error;
        }
      },
    };
  }

  /** The run is recorded once something is found: an answer may break off, and its end never come. */
  #begin(): { readonly inspector: Inspector; readonly end: () => void } {
    const { exchange, clock, policy, placeholders } = this.#options;
    const inspector = new Inspector(policy, placeholders, "answer");
    const run = new StageRun("pii_detection", clock.now());
    if (exchange.traced) run.spanId = newSpanId();
    inspector.onFound = () => {
      run.endedAt = clock.now();
      if (run.facts !== null) return;
      run.facts = {
        detected: true,
        get types() {
          return [...inspector.types];
        },
        get action() {
          return inspector.action ?? "allowed";
        },
      };
      exchange.stageRuns.push(run as unknown as StageRun);
    };
    return {
      inspector,
      end() {
        const { action } = inspector;
        if (action === null) return;
        run.endedAt = clock.now();
        if (action !== "allowed") exchange.securityAction = action;
      },
    };
  }

  #dropLogprobs(): void {
    const { exchange } = this.#options;
    const dropped = exchange.droppedParams === "" ? [] : exchange.droppedParams.split(",");
    if (!dropped.includes("logprobs")) exchange.droppedParams = [...dropped, "logprobs"].join(",");
  }
}
