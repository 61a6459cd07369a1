import { GatewayError } from "../errors.ts";
import type { Exchange } from "../telemetry/exchange.ts";
import type { JsonValue } from "../wire/canonical.ts";
import type { JsonEdit } from "../wire/json_scanner.ts";
import { jsonBytes } from "./json_request.ts";
import type { ModelRequest } from "./model_request.ts";
import { filterWhole } from "./pii/filters.ts";
import { Inspector } from "./pii/inspector.ts";
import { Literals } from "./pii/literals.ts";
import { mapTexts, REQUEST_FIELDS, type TextMap } from "./pii/map_texts.ts";
import { PiiGuard } from "./pii/pii_guard.ts";
import { Placeholders } from "./pii/placeholders.ts";
import type { PiiPolicy } from "./pii/policy.ts";
import type { RemoteDetector } from "./pii/remote_detector.ts";
import { recordedStage, type RecordedStageOptions, type StageResult } from "./recorded_stage.ts";
import type { Stage } from "./stage.ts";

export interface PiiDetectionOptions extends RecordedStageOptions {
  /** Null: requests are not looked at. */
  readonly requests: PiiPolicy | null;
  /** Null: answers are not looked at. */
  readonly answers: PiiPolicy | null;
  /** Others who are asked about requests. */
  readonly detectors: readonly RemoteDetector[];
}

/** Finds personal and secret data in what is asked, and has the answer looked at. */
export function piiDetection(options: PiiDetectionOptions): Stage {
  const { clock, requests, answers, detectors } = options;
  return recordedStage<"pii_detection", ModelRequest>("pii_detection", "guard", (exchange, request, run) => {
    const { format } = request.codec;
    const placeholders = placeholdersFor(request);
    const inspector = requests === null ? null : new Inspector(requests, placeholders, "request");
    const guard = new PiiGuard({ exchange, clock, format, placeholders, policy: answers });

    /** Changes the request's texts and says what came of it. */
    function inspect(inspector: Inspector, map: TextMap): StageResult<"pii_detection"> {
      const refusal = refusalOf(() => rewriteTexts(request, map));
      if (answers !== null || placeholders.size > 0) request.guard = guard;
      const { action, types } = inspector;
      if (action === "redacted" || action === "blocked") note(exchange, action);
      const facts = { detected: types.size > 0, types: [...types], action: action ?? "allowed" };
      return refusal === null ? { facts } : { facts, refusal };
    }

    async function ask(inspector: Inspector): Promise<StageResult<"pii_detection"> | null> {
      const texts = textsOf(request);
      const found = await Promise.all(detectors.map((detector) => detector.find(exchange, run, texts)));
      // Too late: the request went on without it.
      if (!Number.isNaN(run.endedAt)) return null;
      const literals = new Literals(found.flat());
      return inspect(inspector, (text, place) => literals.redact(text, inspector, place));
    }

    if (inspector === null) {
      request.guard = guard;
      return null;
    }
    const result = inspect(inspector, (text, place) => filterWhole(text, inspector, false, place));
    // Others are asked about what is left, once it is known that it may go on.
    return detectors.length === 0 || result.refusal !== undefined ? result : ask(inspector);
  }, options);
}

/** What no model is to hear is for no log and no trace either. */
function note(exchange: Exchange, action: "redacted" | "blocked"): void {
  exchange.securityAction = action;
  exchange.content = null;
}

function refusalOf(work: () => void): GatewayError | null {
  try {
    work();
    return null;
  } catch (error) {
    if (error instanceof GatewayError && error.code === "content_blocked") return error;
    throw error;
  }
}

/** None of them stands in the client's own text, in whatever spelling. */
function placeholdersFor(request: ModelRequest): Placeholders {
  let body: string | null = null;
  return new Placeholders((placeholder) => {
    body ??= JSON.stringify(request.json);
    return body.includes(placeholder.slice(1, -1));
  });
}

function textsOf(request: ModelRequest): string[] {
  const texts: string[] = [];
  for (const field of REQUEST_FIELDS[request.codec.format]) {
    mapTexts(request.field(field) ?? null, {
      map(text) {
        texts.push(text);
        return text;
      },
    });
  }
  return texts;
}

function rewriteTexts(request: ModelRequest, map: TextMap): void {
  const edits: JsonEdit[] = [];
  for (const field of REQUEST_FIELDS[request.codec.format]) {
    const value = request.field(field);
    if (value === undefined) continue;
    const mapped = mapTexts(value, { map });
    if (mapped !== value) edits.push({ set: field, value: jsonBytes(mapped) });
  }
  if (request.nativeInput !== null) {
    request.nativeInput = mapTexts([...request.nativeInput], { map }) as JsonValue[];
  }
  if (edits.length > 0) request.rewrite(edits);
}
