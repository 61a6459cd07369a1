import { GatewayError } from "../errors.ts";
import type { OperationName } from "../providers/provider.ts";
import { jsonBytes, type NamedInPath, type RoutedRequest } from "../stages/json_request.ts";
import type { Target } from "../stages/model_table.ts";
import { passStages, type Stage } from "../stages/stage.ts";
import {
  type Relay,
  relay,
  type RelayedAnswer,
  type RelayedRequest,
  type RelayOptions,
} from "../stages/relay.ts";
import type { Endpoint, Exchange, Operation, PathParams } from "../telemetry/exchange.ts";
import { BatchLines } from "./batch_lines.ts";
import { BodyStream } from "./body_stream.ts";
import { deploymentIn } from "./deployment.ts";
import { FormUpload } from "./form_upload.ts";
import { type OperationOptions, readJsonRequest, targetsFor } from "./operation.ts";
import { type OwnCall, ownCall } from "./own_call.ts";
import type { OwnedIdStore } from "../stores/owned_id_store.ts";
import type { NamedIds } from "./named_ids.ts";
import { addHeader } from "../stages/add_header.ts";
import { responseHeaders } from "./response_headers.ts";
import { declaredBytes } from "./small_body.ts";

export interface PassThroughOptions extends OperationOptions {
  readonly call: RelayOptions;
  /** The most that an upload may have, bytes. */
  readonly maxUpload: number;
  /** The stages of what names no model. */
  readonly unrouted: readonly Stage<RoutedRequest>[];
  /** Who answers what names no model, or what would have to be done for somebody to. */
  readonly provider: Target | { readonly missing: string };
  /** Whose is what a provider keeps; null: callers share it, or each has an account of its own. */
  readonly owners: OwnedIdStore | null;
  /** What looks whether bodies name what is theirs; null: as `owners`. */
  readonly named: NamedIds | null;
}

/** An API that is passed through. */
export interface PassedApi {
  readonly family: OperationName;
  readonly operation: Operation;
  /** Whether its requests name a model, which decides where they go. */
  readonly model: "required" | "optional" | "none";
  /** The answer is somebody's file: nothing in it is looked at. */
  readonly opaque?: boolean;
  /** A second request of the same makes a second one: a file, a batch that costs. */
  readonly creates?: boolean;
  /** Behind the family's own path, with parameters in braces. */
  readonly path: string;
}

/** Headers of an answer that go on to the client, besides its type and the provider's limits. */
const ANSWER_HEADERS = ["content-disposition", "openai-processing-ms", "openai-version"] as const;

/** A request and its answer, both as they are, to the provider of the model or to the one for what names none. */
export function passThrough(api: PassedApi, options: PassThroughOptions): Endpoint {
  const { family, operation, opaque = false, creates = false } = api;
  return async function passThrough(exchange, params) {
    const { method, query } = exchange;
    const shared: Shared = { operation, query, opaque, creates: creates && method === "POST" };
    const address: Address = { format: family, method, subpath: filled(api.path, params) };
    const type = exchange.request?.headers.get("content-type") ?? "";
    const named = deploymentIn(params);
    const own = ownCall(api, exchange, params, options);
    await own?.before();
    if (/^multipart\/form-data/i.test(type)) {
      return await passForm(exchange, shared, address, type, named, own);
    }
    const asked = hasBody(exchange) ? await jsonRelay(exchange, shared, address, named) : {
      ...shared,
      targets: await targetsOf(exchange, ""),
      upload: null,
      prepare: () => withoutBody(address),
    };
    return answerOf(exchange, await answered(exchange, asked, own));
  };

  function answered(exchange: Exchange, asked: Relay, own: OwnCall | null): Promise<RelayedAnswer> {
    if (own === null) return relay(exchange, asked, options.call);
    return own.answered((query, first) =>
      relay(exchange, { ...asked, query }, options.call, first ? null : { parentSpanId: exchange.spanId })
    );
  }

  async function passForm(
    exchange: Exchange,
    shared: Shared,
    address: Address,
    contentType: string,
    named: NamedInPath | null,
    own: OwnCall | null,
  ): Promise<Response> {
    const limits = { ...options.body, limit: options.maxUpload };
    const body = new BodyStream(exchange, limits, () => options.clock.now());
    const upload = await FormUpload.read(body, {
      contentType,
      contentLength: declaredBytes(exchange.request),
      namesModel: api.model !== "none",
      maxHeld: options.body.limit,
      look: own === null ? null : linesOf(exchange),
    });
    const model = named?.model ?? upload.model;
    exchange.requestedModel = model;
    try {
      const asked: Relay = {
        ...shared,
        targets: await targetsOf(exchange, model),
        upload: upload.isWhole ? null : upload,
        prepare: ({ model }) => ({
          ...address,
          contentType,
          contentLength: upload.lengthFor(model),
          body: upload.bodyFor(model),
        }),
      };
      return answerOf(exchange, await answered(exchange, asked, own));
    } catch (error) {
      upload.discard();
      throw error;
    }
  }

  /** A file may be a batch's, and what that asks is looked at here: later the provider alone sees it. */
  function linesOf(exchange: Exchange): ((piece: Uint8Array) => Promise<void>) | null {
    const { named } = options;
    if (family !== "files" || named === null) return null;
    const lines = new BatchLines((ids) => named.requireAll(exchange, ids), options.body.limit);
    return (piece) => lines.pass(piece);
  }

  async function jsonRelay(
    exchange: Exchange,
    shared: Shared,
    address: Address,
    named: NamedInPath | null,
  ): Promise<Relay> {
    const request = await readJsonRequest(exchange, options, { anyModel: api.model !== "required", named });
    await options.named?.requireOwnIn(exchange, request);
    const asked = api.model === "none" ? "" : request.model;
    return {
      ...shared,
      targets: await targetsOf(exchange, asked, request),
      upload: null,
      prepare: ({ model }) => ({
        ...address,
        body: asked === "" || model === asked
          ? request.bytes
          : request.edited([{ set: "model", value: jsonBytes(model) }]),
      }),
    };
  }

  /** @param model empty: none is named. */
  async function targetsOf(
    exchange: Exchange,
    model: string,
    request: RoutedRequest = { model, targets: [], rescue: null, hedge: null, continues: "never" },
  ): Promise<readonly Target[]> {
    if (model !== "") {
      return await targetsFor(exchange, request, family, options);
    }
    if (api.model === "required") {
      throw new GatewayError("missing_required_parameter", "Missing required parameter: 'model'.", {
        param: "model",
      });
    }
    requireAnyModel(exchange);
    const { provider } = options;
    if (!("missing" in provider) && provider.provider.operation(family) !== null) {
      await passStages(options.unrouted, exchange, request, options.clock);
      return [provider];
    }
    const message = "missing" in provider
      ? `Nobody answers '${exchange.path}' without a model: ${provider.missing}.`
      : `The provider '${provider.provider.name}', which answers what names no model, does not offer ${family}.`;
    throw new GatewayError("unsupported_operation", message, { status: 404 });
  }

  /** What names no model may ask any of them: a batch does, in its file. */
  function requireAnyModel({ principal, path }: Exchange): void {
    if (ASK_NO_MODEL.has(family) || principal === null || principal.access?.models.restricted !== true) {
      return;
    }
    const allowed = principal.access.models.shown().slice(0, SHOWN).join(", ");
    throw new GatewayError(
      "model_not_allowed",
      `This API key may use some models only (${allowed}), and '${path}' ` +
        (api.model === "none" ? "does not say which it asks." : "asks for one that is not named: name it."),
    );
  }

  function answerOf(exchange: Exchange, answer: RelayedAnswer): Response {
    const { headers, body } = answer;
    const type = headers?.get("content-type") ?? "application/octet-stream";
    for (const name of ANSWER_HEADERS) {
      const value = headers?.get(name) ?? null;
      if (value !== null) addHeader(exchange, name, value);
    }
    const init = { status: answer.status, headers: responseHeaders(exchange, type, headers) };
    if (!(body instanceof Uint8Array)) return new Response(body, init);
    exchange.firstByteAt = options.clock.now();
    exchange.responseBytes = body.length;
    return new Response(body.length === 0 ? null : body, init);
  }
}

/** What keeps things, and has no model say anything. */
const ASK_NO_MODEL: ReadonlySet<OperationName> = new Set(["files", "vector_stores"]);
/** Names that a refusal lists at most. */
const SHOWN = 20;

type Shared = Pick<Relay, "operation" | "query" | "opaque" | "creates">;
type Address = Pick<RelayedRequest, "format" | "method" | "subpath">;

function withoutBody(address: Address): RelayedRequest {
  return { ...address, contentType: null, body: null };
}

/** Some methods are told by their path alone, whichever method that is. */
function hasBody(exchange: Exchange): boolean {
  const { method, request } = exchange;
  if (method === "GET" || method === "HEAD" || method === "DELETE") return false;
  return declaredBytes(exchange.request) > 0 || request?.headers.has("transfer-encoding") === true;
}

/** A path with its parameters in their places, each one segment whatever is in it. */
function filled(path: string, params: PathParams): string {
  return path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(params[name] ?? ""));
}
