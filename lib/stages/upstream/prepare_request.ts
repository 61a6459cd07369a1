import { GatewayError } from "../../errors.ts";
import { applyQuirks, type EditableFields, renameTranslated } from "../../providers/apply_quirks.ts";
import type { Exchange } from "../../telemetry/exchange.ts";
import type { JsonObject, JsonValue, WireFormat } from "../../wire/canonical.ts";
import type { ClientCodec, Codec } from "../../wire/codec.ts";
import { nameInFormat } from "../../wire/param_names.ts";
import type { JsonEdit } from "../../wire/json_scanner.ts";
import { reasoningEdits, TEMPLATE, templateSwitch } from "./reasoning_edits.ts";
import { jsonBytes } from "../json_request.ts";
import type { ModelRequest } from "../model_request.ts";
import { passOn, refuseDropped } from "./drop_params.ts";
import type { Target } from "../model_table.ts";

/** A request as one target shall get it. */
export type PreparedRequest =
  & Prepared
  & (
    /** The client's format is the upstream's: bytes pass through in both directions. */
    | { readonly passThrough: true; readonly codec: ClientCodec }
    | { readonly passThrough: false; readonly codec: Codec }
  );

interface Prepared {
  readonly body: Uint8Array;
  readonly headers: readonly string[];
  readonly query: string;
  /** Usage was asked for in the client's place: the chunk that brings it is not the client's. */
  readonly withholdUsage: boolean;
  /** Request fields that the target's format cannot express, or its provider refuses. */
  readonly dropped: readonly string[];
}

const NOTHING: readonly string[] = [];
const INCLUDE_USAGE = new TextEncoder().encode('{"include_usage":true}');

/** The client's request for a target: its own bytes with the smallest edit, or encoded anew in another format. */
export function prepareRequest(
  exchange: Exchange,
  request: ModelRequest,
  target: Target,
  codecs: Readonly<Record<WireFormat, Codec>>,
): PreparedRequest {
  const { provider, dropParams } = target;
  const { quirks } = provider;
  const headers = forwardedHeaders(exchange.request, provider.forwardHeaders);
  if (provider.speaks(request.codec.format)) {
    const { codec } = request;
    const edits: JsonEdit[] = [];
    if (request.codec.modelInPath === true) {
      if (request.field("model") !== undefined) edits.push({ remove: "model" });
    } else if (target.model !== request.writtenModel) {
      edits.push({ set: "model", value: jsonBytes(target.model) });
    }
    const withholdUsage = hasToAskForUsage(request, target, codec) && !asksForUsage(request);
    if (withholdUsage) edits.push({ set: "stream_options", value: usageOption(request) });
    let lost = NOTHING;
    if (request.reasoning !== null) {
      const reasoning = reasoningEdits(request, request.reasoning, target, codecs);
      edits.push(...reasoning.edits);
      lost = reasoning.dropped.map((name) => nameInFormat(codec.format, name, request.json));
    }
    if (request.nativeInput !== null) edits.push({ set: "input", value: jsonBytes(request.nativeInput) });
    const refused = quirks === undefined
      ? NOTHING
      : applyQuirks(quirks, codec.format, target.model, new EditedRequest(request, edits), dropParams);
    const dropped = lost.length === 0 ? refused : [...lost, ...refused];
    if (dropParams === "refuse") refuseDropped(dropped, { format: codec.format, request }, provider.name);
    return {
      codec,
      body: edits.length === 0 ? request.bytes : request.edited(edits),
      headers,
      query: request.query,
      passThrough: true,
      withholdUsage,
      dropped,
    };
  }
  const [format] = provider.formats;
  if (format === undefined) throw new Error(`Cannot call provider "${provider.name}": it speaks no format`);
  const codec = codecs[format];
  const canonical = { ...request.canonical, model: target.model };
  const { reasoning } = request;
  const switched = reasoning !== null && format === "openai_chat" ? target.reasoningSwitch : undefined;
  if (reasoning !== null && reasoning.effort !== "none" && switched === undefined) {
    canonical.reasoning = reasoning;
  }
  if (hasToAskForUsage(request, target, codec)) canonical.includeUsage = true;
  else delete canonical.includeUsage;
  const { body, dropped: lost } = codec.encodeRequest(canonical);
  if (reasoning !== null && switched !== undefined) {
    body[TEMPLATE] = templateSwitch(body[TEMPLATE], switched, reasoning);
  }
  refuseLoss(request.codec, lost, provider.name);
  if (lost.length === 0) refuseSilence(body, provider.name);
  const sent = { format: request.codec.format, request };
  const dropped = dropParams === "pass" && lost.length > 0 ? passOn(lost, sent, format, body) : lost;
  let refused = NOTHING;
  if (quirks !== undefined) {
    const fields = new ParsedBody(body);
    refused = applyQuirks(quirks, format, target.model, fields, dropParams);
    renameTranslated(quirks, format, fields);
  }
  const told = [...dropped, ...refused];
  if (dropParams === "refuse") refuseDropped(told, sent, provider.name);
  return {
    codec,
    body: jsonBytes(body),
    headers,
    query: "",
    passThrough: false,
    withholdUsage: false,
    dropped: told.map((name) => nameInFormat(sent.format, name, request.json)),
  };
}

/** A client's bytes, to which edits are gathered. */
class EditedRequest implements EditableFields {
  constructor(private readonly request: ModelRequest, private readonly edits: JsonEdit[]) {}

  get(name: string): JsonValue | undefined {
    return name === "input" && this.request.nativeInput !== null
      ? [...this.request.nativeInput]
      : this.request.field(name);
  }

  set(name: string, value: JsonValue): void {
    this.edits.push({ set: name, value: jsonBytes(value) });
  }

  remove(name: string): void {
    this.edits.push({ remove: name });
  }
}

/** A body that was made for the provider. */
class ParsedBody implements EditableFields {
  constructor(private readonly body: JsonObject) {}

  get(name: string): JsonValue | undefined {
    return this.body[name];
  }

  set(name: string, value: JsonValue): void {
    this.body[name] = value;
  }

  remove(name: string): void {
    delete this.body[name];
  }
}

/** Whether the usage of a stream is told only to those who ask. */
function hasToAskForUsage(request: ModelRequest, { provider }: Target, codec: ClientCodec): boolean {
  return request.stream && (codec.format === "openai_chat" || codec.format === "completions") &&
    provider.quirks?.refusesStreamOptions !== true;
}

/** @throws {GatewayError} where the request would mean something else without what is lost. */
function refuseLoss(codec: ClientCodec, dropped: readonly string[], provider: string): void {
  const param = codec.indispensable && dropped.find((name) => codec.indispensable?.has(name));
  if (param === undefined) return;
  throw new GatewayError("unsupported_parameter", `The provider '${provider}' has nothing for '${param}'.`, {
    param,
    details: codec.indispensable?.get(param) ?? undefined,
  });
}

/** Where formats have what is said. */
const CONVERSATIONS = ["messages", "contents", "input"];

/** Empty texts go into no other format, without a word; what its provider would say of the rest means nothing to the client. */
function refuseSilence(body: JsonObject, provider: string): void {
  for (const name of CONVERSATIONS) {
    const said = body[name];
    if (!Array.isArray(said) || said.length > 0) continue;
    throw new GatewayError(
      "invalid_request",
      `There is nothing to ask the provider '${provider}': every message is empty.`,
    );
  }
}

function asksForUsage(request: ModelRequest): boolean {
  const options = request.field("stream_options");
  return typeof options === "object" && options !== null && !Array.isArray(options) &&
    options["include_usage"] === true;
}

/** The client's `stream_options` with usage asked for besides what else stands there. */
function usageOption(request: ModelRequest): Uint8Array {
  const options = request.field("stream_options");
  if (typeof options !== "object" || options === null || Array.isArray(options)) return INCLUDE_USAGE;
  return jsonBytes({ ...options, include_usage: true });
}

/** The client's headers that go on to a provider. */
export function forwardedHeaders(request: Request | null, names: readonly string[]): string[] {
  const forwarded: string[] = [];
  if (request === null) return forwarded;
  for (const name of names) {
    const value = request.headers.get(name);
    if (value !== null) forwarded.push(name, value);
  }
  return forwarded;
}
