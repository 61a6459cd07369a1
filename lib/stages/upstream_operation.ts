import type { UpstreamRequest } from "../providers/provider.ts";
import type { Exchange, Operation } from "../telemetry/exchange.ts";
import type { JsonObject } from "../wire/canonical.ts";
import type { Observed } from "../wire/codec.ts";
import type { Target } from "./model_table.ts";
import type { WholeAnswer } from "./stage.ts";
import { endCall, recordObserved } from "./upstream/call_record.ts";
import { type CallPlace, CallRun, type CallRunOptions } from "./upstream/call_run.ts";
import { forwardedHeaders } from "./upstream/prepare_request.ts";
import { type AnswerConversion, WholeAttempt } from "./upstream/whole_attempt.ts";

/** What a provider is asked for one operation, apart from what all requests have. */
export type OperationRequest =
  & Pick<UpstreamRequest, "format" | "body">
  & Partial<Pick<UpstreamRequest, "method" | "subpath" | "contentType" | "query">>;

/** An operation at one target. */
export interface PreparedOperation {
  readonly request: OperationRequest;
  /** What its answer says: tokens, a model, an error under a status of success. */
  observe(json: JsonObject): Observed;
  /** The client's answer; throws where the provider's is none. */
  readonly convert: AnswerConversion;
  /** Fields of the request that the target cannot be told. */
  readonly dropped: readonly string[];
}

/** An operation besides generation, whose answer is a JSON object that comes whole. */
export interface WholeOperation {
  readonly operation: Operation;
  /** In the order in which they are tried. */
  readonly targets: readonly Target[];
  /** @throws {GatewayError} where the target cannot be asked. */
  prepare(target: Target): PreparedOperation;
}

/**
 * Calls a provider for an operation, with retries and fallbacks as generation has them.
 * @throws {GatewayError} the last failure.
 */
export function callWhole(
  exchange: Exchange,
  operation: WholeOperation,
  options: CallRunOptions,
  inner: CallPlace | null = null,
): Promise<WholeAnswer> {
  return new WholeRun(exchange, operation.operation, options, inner).answer(operation);
}

class WholeRun extends CallRun<CallRunOptions> {
  async answer(operation: WholeOperation): Promise<WholeAnswer> {
    const { openAnswers } = this.options;
    const { exchange, call } = this;
    const client = this.listen(this.leave);
    openAnswers.add(this);
    try {
      const attempt = await this.attempts(operation.targets, (target) => {
        const { request, observe, convert, dropped } = operation.prepare(target);
        if (!this.isInner) exchange.droppedParams = dropped.join(",");
        return this.send(target, new WholeAttempt(target, observe, call, convert), {
          operation: call.operation,
          model: target.model,
          stream: false,
          headers: this.isInner ? [] : forwardedHeaders(exchange.request, target.provider.forwardHeaders),
          query: "",
          timeouts: target.timeouts,
          ...request,
        });
      });
      const { answer, observed } = attempt;
      if (answer === null || observed === null) throw new Error("Cannot answer: the attempt left nothing");
      recordObserved(call, observed);
      endCall(call, "success", "", attempt.answeredAt);
      if (!this.isInner) exchange.phases.ttft = call.firstChunkAt - call.startedAt;
      return { kind: "whole", body: answer.bytes, headers: attempt.headers };
    } finally {
      openAnswers.delete(this);
      if (client !== null) client.onGone = null;
    }
  }
}
