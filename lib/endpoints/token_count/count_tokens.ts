import { GatewayError } from "../../errors.ts";
import { jsonBytes, type NamedInPath } from "../../stages/json_request.ts";
import { ModelRequest } from "../../stages/model_request.ts";
import type { Target } from "../../stages/model_table.ts";
import { passStages, type WholeAnswer } from "../../stages/stage.ts";
import { callWhole, type PreparedOperation } from "../../stages/upstream_operation.ts";
import type { Endpoint, Exchange } from "../../telemetry/exchange.ts";
import type { ChatRequest, JsonObject } from "../../wire/canonical.ts";
import type { Codec, Observed } from "../../wire/codec.ts";
import { CODECS } from "../../wire/codecs.ts";
import { nameInFormat } from "../../wire/param_names.ts";
import { isObject } from "../../wire/shape.ts";
import { jsonAnswer } from "../json_answer.ts";
import type { NamedIds } from "../named_ids.ts";
import { noteRequest } from "../note_request.ts";
import { type OperationOptions, wholeResponse } from "../operation.ts";
import { readBody } from "../read_body.ts";
import { addHeader } from "../../stages/add_header.ts";
import { placeTurn, type TurnStores } from "../turn.ts";
import { counted, type CountWire, countWireOf, unwrapped } from "./count_wire.ts";
import { estimateTokens } from "./estimate.ts";

export interface CountTokensOptions extends OperationOptions {
  /** Where earlier turns of a conversation are found. */
  readonly stores: TurnStores;
  /** As `GenerationOptions` has it. */
  readonly named?: NamedIds | null;
}

/** An API as its clients ask for tokens. */
interface CountApi {
  readonly codec: Codec;
  /** Fields that its requests for answers must have and these have not. */
  readonly more: JsonObject;
  show(tokens: number): JsonObject;
}

/** `POST /v1/messages/count_tokens`. @see https://platform.claude.com/docs/en/api/messages/count_tokens */
export function countMessages(options: CountTokensOptions): Endpoint {
  const api: CountApi = {
    codec: CODECS.anthropic_messages,
    // As many as leave room for any budget of thoughts.
    more: { max_tokens: 1_000_000 },
    show: (tokens) => ({ input_tokens: tokens }),
  };
  return (exchange) => count(exchange, api, options);
}

/** `POST /v1/responses/input_tokens`. @see https://platform.openai.com/docs/api-reference/responses/input-tokens */
export function countInput(options: CountTokensOptions): Endpoint {
  const api: CountApi = {
    codec: CODECS.openai_responses,
    more: {},
    show: (tokens) => ({ object: "response.input_tokens", input_tokens: tokens }),
  };
  return (exchange) =>
    count(exchange, api, options, null, async (request) => {
      await placeTurn(exchange, request, options.stores);
    });
}

/** `:countTokens`. @see https://ai.google.dev/api/tokens */
export function countContents(options: CountTokensOptions): Endpoint {
  const api: CountApi = {
    codec: CODECS.google_generate_content,
    more: {},
    show: (tokens) => ({ totalTokens: tokens }),
  };
  return (exchange, params) => count(exchange, api, options, { model: params["model"] ?? "", stream: false });
}

/** Statuses that say that a provider has no such API after all. */
const NO_SUCH_API: ReadonlySet<number> = new Set([404, 405, 501]);

async function count(
  exchange: Exchange,
  api: CountApi,
  options: CountTokensOptions,
  named: NamedInPath | null = null,
  prepare?: (request: ModelRequest) => Promise<void>,
): Promise<Response> {
  const { clock } = options;
  const bytes = await readBody(exchange, options.body);
  const readAt = clock.now();
  const request = new ModelRequest(api.codec, bytes, named);
  noteRequest(exchange, request, api.codec.format);
  exchange.phases.parse = clock.now() - readAt;
  await options.named?.requireOwnIn(exchange, request);
  await prepare?.(request);
  await passStages(options.routing, exchange, request, clock);
  const canonical = api.codec.decodeRequest({ ...api.more, ...unwrapped(request.json) });
  const targets = request.targets.filter(({ provider }) => countWireOf(provider, api.codec.format) !== null);
  if (targets.length > 0) {
    try {
      return wholeResponse(exchange, await ask(exchange, api, request, canonical, targets, options), clock);
    } catch (error) {
      if (!(error instanceof GatewayError) || !NO_SUCH_API.has(error.status)) throw error;
    }
  }
  const model = request.targets[0]?.model ?? request.model;
  const tokens = await estimateTokens({ ...canonical, model });
  addHeader(exchange, "x-gateway-estimate", "true");
  return jsonAnswer(exchange, api.show(tokens));
}

function ask(
  exchange: Exchange,
  api: CountApi,
  request: ModelRequest,
  canonical: ChatRequest,
  targets: readonly Target[],
  options: CountTokensOptions,
): Promise<WholeAnswer> {
  return callWhole(exchange, {
    operation: "count_tokens",
    targets,
    prepare: (target) => prepareCount(api, request, canonical, target),
  }, options.call);
}

/** A request for a count as a target shall get it: its client's own fields, or those of another format. */
function prepareCount(
  { codec, show }: CountApi,
  request: ModelRequest,
  canonical: ChatRequest,
  { provider, model }: Target,
): PreparedOperation {
  const wire = countWireOf(provider, codec.format);
  if (wire === null) throw new Error(`Cannot count: "${provider.name}" offers no such thing`);
  const { body, dropped } = wire.format === codec.format
    ? { body: ownBody(wire, request, model), dropped: [] }
    : CODECS[wire.format].encodeRequest({ ...canonical, model });
  return {
    request: { format: wire.operation, body: jsonBytes(wire.wrap(counted(wire, body), model)) },
    observe,
    convert: (bytes, json) => {
      if (wire.format === codec.format) return { bytes, json };
      const tokens = wire.read(json);
      if (tokens === null) throw new GatewayError("upstream_invalid_response", "The answer holds no count.");
      const shown = show(tokens);
      return { bytes: jsonBytes(shown) as Uint8Array<ArrayBuffer>, json: shown };
    },
    dropped: dropped.map((name) => nameInFormat(codec.format, name, request.json)),
  };
}

function ownBody(wire: CountWire, request: ModelRequest, model: string): JsonObject {
  const { json, nativeInput } = request;
  const fields = unwrapped(json);
  const body: JsonObject = nativeInput === null ? fields : { ...fields, input: [...nativeInput] };
  return wire.takes.has("model") ? { ...body, model } : body;
}

/** Nothing of it is spent: the count is what was asked for. */
function observe(json: JsonObject): Observed {
  const { error } = json;
  return {
    responseId: "",
    model: "",
    finishReason: "",
    usage: null,
    error: isObject(error) ? { code: "upstream_error", message: "" } : null,
    final: null,
  };
}
