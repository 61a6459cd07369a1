import type { Attempt, Exchange, ModelCall, StageName, StageRun, StoreOperation } from "../exchange.ts";
import { type AttributeKey, attributeKey } from "../names/attribute_key.ts";
import type { CustomAttribute } from "../names/custom_attributes.ts";
import { OPERATIONS } from "../names/gen_ai.ts";
import { knownMethod } from "../names/methods.ts";
import type { Profile } from "../names/profiles.ts";
import { CANCELLED_EVENT, SPANS, type SpanType } from "../names/spans.ts";
import { wallTime } from "./durations.ts";
import { Attributes, type AttributeValue } from "./attributes.ts";
import { FactAttributes } from "./fact_attributes.ts";
import { NO_EVENTS, type SpanConsumer, type SpanEvent, SpanKind, SpanRecord, SpanStatus } from "./span.ts";
import { type ContentAttributeOptions, ContentAttributes } from "./content_attributes.ts";
import { customValue } from "./custom_value.ts";
import { Recall } from "./recall.ts";
import { NOWHERE, RequestText, requestTexts } from "./request_texts.ts";
import { cut } from "./text.ts";
import { DATABASES, failed, type SpanSubjects } from "./span_facts.ts";

export interface SpanOptions {
  /** The first gives the spans' names, all give attributes. */
  readonly profiles: readonly Profile[];
  /** Attributes that a span may have. */
  readonly maxAttributes: number;
  /** Attributes of the request's span that the configuration adds. */
  readonly custom?: readonly CustomAttribute[];
  /** Characters that a text may have. */
  readonly maxLength: number;
  /** Tell what was said; default not. */
  readonly content?: ContentAttributeOptions | undefined;
  /** Whether a finished Exchange's trace is kept. Default: as the head sampler said. */
  readonly keep?: (exchange: Exchange) => boolean;
}

type Templates = Readonly<Record<SpanType, Template>>;

type Kinds = { readonly [Type in SpanType]: FactAttributes<Type> };

/** A span's name as pieces: texts, and between them what is filled in. */
type Template = readonly string[];

interface Placeholders {
  method?: string;
  route?: string;
  operation?: string;
  gen_ai_operation?: string;
  model?: string;
  store?: string;
}

/** Makes the spans of finished Exchanges. The choice of names is made once, here, and not for each span. */
export class SpanProjection {
  readonly #kinds: Kinds;
  readonly #custom: readonly { readonly attribute: CustomAttribute; readonly key: AttributeKey }[];
  readonly #templates: Templates;
  readonly #options: SpanOptions;
  readonly #content: ContentAttributes | null;
  readonly #keep: (exchange: Exchange) => boolean;
  readonly #consumers: readonly SpanConsumer[];
  readonly #serverNames = new Recall<string>();
  readonly #callNames = new Recall<string>();
  readonly #attemptNames = new Recall<string>();
  /** Filled for each span. */
  readonly #span = new SpanRecord();
  /** What `requestTexts` has of its request. */
  #texts = NOWHERE;
  /** Attributes that it has so far. */
  #told = 0;

  constructor(options: SpanOptions, consumers: readonly SpanConsumer[]) {
    this.#options = options;
    this.#keep = options.keep ?? ((exchange) => exchange.sampled);
    this.#consumers = consumers;
    const { profiles, content } = options;
    this.#content = content === undefined ? null : new ContentAttributes(profiles, content);
    this.#kinds = byType((type) => new FactAttributes(type, profiles, options.maxLength)) as Kinds;
    this.#custom = (options.custom ?? []).map((attribute) => ({
      attribute,
      key: attributeKey(attribute.name),
    }));
    this.#templates = byType((type) => template(type, profiles));
  }

  /** Gives the tree of one Exchange to all consumers, the root first; nothing where its trace is not kept. */
  project(exchange: Exchange): void {
    if (!exchange.traced || exchange.background || !this.#keep(exchange)) return;
    const texts = this.#texts = requestTexts.find(exchange);
    this.#span.traceIdAt = requestTexts.place(texts, RequestText.TraceId);
    if (exchange.runId === "") this.#server(exchange);
    else this.#run(exchange);
    const { call } = exchange;
    for (const operation of exchange.storeOperations) this.#operation(exchange, operation);
    for (const run of exchange.stageRuns) this.#stage(exchange, run);
    for (const inner of exchange.innerCalls) this.#call(exchange, inner);
    if (call !== null) this.#call(exchange, call);
  }

  #server(exchange: Exchange): void {
    const span = this.#span;
    const method = knownMethod(exchange.method, "HTTP");
    const error = failed(exchange);
    span.first = true;
    span.traceId = exchange.traceId;
    span.spanId = exchange.spanId;
    span.spanIdAt = requestTexts.place(this.#texts, RequestText.SpanId);
    span.parentSpanId = exchange.parentSpanId;
    span.remoteParent = exchange.parentSpanId !== "";
    span.traceState = exchange.traceState;
    span.name = this.#serverNames.get(exchange.route, method, 0) ?? this.#serverName(exchange.route, method);
    span.kind = SpanKind.Server;
    span.start = exchange.wallStart;
    span.end = wallTime(exchange, exchange.endedAt);
    this.#attributes(this.#kinds.server, exchange, this.#texts);
    for (const { key, attribute } of this.#custom) {
      span.attributes.add(key, this.#limited(customValue(exchange, attribute)));
    }
    span.events = exchange.outcome === "cancelled" ? [cancelled(exchange)] : NO_EVENTS;
    this.#emit(error, error ? exchange.errorMessage : "");
  }

  #run(exchange: Exchange): void {
    const { spanId, parentSpanId, startedAt, endedAt } = exchange;
    const error = failed(exchange);
    this.#child(exchange, parentSpanId, spanId, startedAt, endedAt);
    this.#span.first = true;
    this.#span.name = this.#name("run", {});
    this.#span.kind = SpanKind.Internal;
    this.#attributes(this.#kinds.run, exchange);
    if (exchange.outcome === "cancelled") this.#span.events = [cancelled(exchange)];
    this.#emit(error, error ? exchange.errorMessage : "");
  }

  #call(exchange: Exchange, call: ModelCall): void {
    const error = call.status === "error";
    const parent = call.parentSpanId === "" ? exchange.spanId : call.parentSpanId;
    this.#child(exchange, parent, call.spanId, call.startedAt, call.endedAt);
    this.#span.name = this.#callNames.get(call.model, call.operation, 0) ?? this.#callName(call);
    this.#span.kind = SpanKind.Client;
    const texts = call === exchange.call ? this.#texts : NOWHERE;
    this.#span.spanIdAt = requestTexts.place(texts, RequestText.CallId);
    this.#attributes(this.#kinds.call, call, texts);
    // A stage's own question to a model is none of the client's conversation.
    if (call === exchange.call) {
      this.#content?.add(exchange, (key, value) => this.#span.attributes.add(key, this.#limited(value)));
    }
    // What a stage's call failed of need not be what the request ends with.
    this.#emit(error, error && call === exchange.call ? exchange.errorMessage : "");
    for (let index = 0; index < call.attempts.length; index++) {
      this.#attempt(exchange, call, call.attempts[index] as Attempt, index);
    }
  }

  #attempt(exchange: Exchange, call: ModelCall, attempt: Attempt, index: number): void {
    // Cancelled while it waited for a connection, it was never sent.
    const start = attempt.startedAt >= 0 ? attempt.startedAt : call.startedAt;
    this.#child(exchange, call.spanId, attempt.spanId, start, attempt.endedAt);
    this.#span.name = this.#attemptNames.get(attempt.method, 0, 0) ?? this.#attemptName(attempt.method);
    this.#span.kind = SpanKind.Client;
    if (index === 0 && call === exchange.call) {
      this.#span.spanIdAt = requestTexts.place(this.#texts, RequestText.AttemptId);
    }
    this.#attributes(this.#kinds.attempt, { attempt, index });
    this.#emit(attempt.status === "error", "");
  }

  /** What another span tells already (the cache's look-up) has none of its own, unless it went over the network. */
  #operation(exchange: Exchange, operation: StoreOperation): void {
    if (operation.store === "conversation") this.#store(exchange, operation);
    else if (operation.backend in DATABASES) this.#database(exchange, operation);
  }

  #database(exchange: Exchange, operation: StoreOperation): void {
    const parent = operation.parentSpanId === "" ? exchange.spanId : operation.parentSpanId;
    this.#child(exchange, parent, operation.spanId, operation.startedAt, operation.endedAt);
    this.#span.name = this.#name("database", { operation: operation.operation.toUpperCase() });
    this.#span.kind = SpanKind.Client;
    this.#attributes(this.#kinds.database, operation);
    this.#emit(operation.status === "error", "");
  }

  #store(exchange: Exchange, operation: StoreOperation): void {
    this.#child(exchange, exchange.spanId, operation.spanId, operation.startedAt, operation.endedAt);
    this.#span.name = this.#name("store", { store: operation.store, operation: operation.operation });
    this.#span.kind = SpanKind.Internal;
    this.#attributes(this.#kinds.store, operation);
    this.#emit(operation.status === "error", "");
  }

  #stage(exchange: Exchange, run: StageRun): void {
    this.#child(exchange, exchange.spanId, run.spanId, run.startedAt, run.endedAt);
    this.#span.name = this.#name(run.stage, {});
    this.#span.kind = SpanKind.Internal;
    // A stage's facts are read from its own run, which the types of both cannot say at once.
    const kind = this.#kinds[run.stage] as unknown as FactAttributes<StageName>;
    this.#attributes(kind, run as SpanSubjects[StageName]);
    this.#emit(run.errorType !== "", "");
  }

  /** What all spans below the server's have in common. */
  #child(exchange: Exchange, parentSpanId: string, spanId: string, startedAt: number, endedAt: number): void {
    const span = this.#span;
    // What was still open when the request ended, ended with it.
    const end = endedAt <= exchange.endedAt ? endedAt : exchange.endedAt;
    span.first = false;
    span.traceId = exchange.traceId;
    span.spanId = spanId;
    span.spanIdAt = NOWHERE;
    span.parentSpanId = parentSpanId;
    span.remoteParent = false;
    span.traceState = exchange.traceState;
    span.start = wallTime(exchange, startedAt <= end ? startedAt : end);
    span.end = wallTime(exchange, end);
    span.events = NO_EVENTS;
  }

  #attributes<Type extends SpanType>(
    kind: FactAttributes<Type>,
    subject: SpanSubjects[Type],
    texts = NOWHERE,
  ): void {
    kind.fill(subject, texts);
    this.#span.attributes = kind.attributes;
    this.#span.droppedAttributes = kind.limit(this.#options.maxAttributes);
    this.#told = kind.told;
  }

  /** What there is to tell, and the limits leave, of one more attribute. */
  #limited(value: AttributeValue | null): AttributeValue | null {
    if (value === null || value === "" || Number.isNaN(value)) return null;
    if (this.#told >= this.#options.maxAttributes) {
      this.#span.droppedAttributes++;
      return null;
    }
    this.#told++;
    const { maxLength } = this.#options;
    return typeof value === "string" ? cut(value, maxLength) : value;
  }

  #emit(error: boolean, message: string): void {
    this.#span.status = error ? SpanStatus.Error : SpanStatus.Unset;
    this.#span.message = message;
    for (let i = 0; i < this.#consumers.length; i++) (this.#consumers[i] as SpanConsumer).add(this.#span);
  }

  #name(type: SpanType, placeholders: Placeholders): string {
    const pieces = this.#templates[type];
    let name = pieces[0] ?? "";
    for (let i = 1; i < pieces.length; i += 2) {
      name += placeholders[pieces[i] as keyof Placeholders] ?? "";
      name += pieces[i + 1] ?? "";
    }
    return name;
  }

  /** A request that no route matched has no route in its span's name. */
  #serverName(route: string, method: string): string {
    const name = this.#name("server", { method, route: route === "other" ? "" : route }).trimEnd();
    return this.#serverNames.set(name, route, method, 0);
  }

  #attemptName(method: string): string {
    return this.#attemptNames.set(this.#name("attempt", { method }), method, 0, 0);
  }

  /** What is asked of a provider, and not of one of its models, has no model in its span's name. */
  #callName({ operation, model }: ModelCall): string {
    const placeholders = { operation, gen_ai_operation: OPERATIONS[operation].genAi, model };
    return this.#callNames.set(this.#name("call", placeholders).trimEnd(), model, operation, 0);
  }
}

function byType<T>(make: (type: SpanType) => T): Readonly<Record<SpanType, T>> {
  return Object.fromEntries(Object.keys(SPANS).map((type) => [type, make(type as SpanType)])) as Record<
    SpanType,
    T
  >;
}

const STAGE = attributeKey("stage");

function cancelled(exchange: Exchange): SpanEvent {
  const attributes = new Attributes();
  if (exchange.cancelStage !== "") attributes.add(STAGE, exchange.cancelStage);
  return { name: CANCELLED_EVENT, at: wallTime(exchange, exchange.endedAt), attributes };
}

function template(type: SpanType, profiles: readonly Profile[]): Template {
  const { names } = SPANS[type];
  const name = profiles.map((profile) => names[profile]).find((it) => it !== undefined) ?? names.gateway;
  return name.split(/[{}]/);
}
