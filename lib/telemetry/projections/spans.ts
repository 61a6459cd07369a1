import type { Attempt, Exchange, ModelCall, StoreOperation } from "../exchange.ts";
import { type AttributeRow, ATTRIBUTES, type Fact } from "../names/attributes.ts";
import { OPERATIONS } from "../names/gen_ai.ts";
import { knownMethod } from "../names/methods.ts";
import type { Profile } from "../names/profiles.ts";
import { CANCELLED_EVENT, SPANS, type SpanType } from "../names/spans.ts";
import { wallTime } from "./durations.ts";
import { type Attributes, type AttributeValue, SpanKind, type SpanRecord, SpanStatus } from "./span.ts";
import { failed, type Reader, READERS, type SpanSubjects } from "./span_facts.ts";

export interface SpanOptions {
  /** The first gives the spans' names, all give attributes. */
  readonly profiles: readonly Profile[];
  /** Attributes that a span may have. */
  readonly maxAttributes: number;
  /** Characters that a text may have. */
  readonly maxLength: number;
  /** Whether a finished Exchange's trace is kept. Default: as the head sampler said. */
  readonly keep?: (exchange: Exchange) => boolean;
}

/** An attribute under the names of the configured profiles. */
interface NamedFact<Type extends SpanType> {
  readonly names: readonly string[];
  readonly read: Reader<Type>;
}

type NamedFacts = { readonly [Type in SpanType]: readonly NamedFact<Type>[] };

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
  readonly #facts: NamedFacts;
  readonly #templates: Readonly<Record<SpanType, Template>>;
  readonly #options: SpanOptions;
  readonly #keep: (exchange: Exchange) => boolean;

  constructor(options: SpanOptions) {
    this.#options = options;
    this.#keep = options.keep ?? ((exchange) => exchange.sampled);
    this.#facts = {
      server: namedFacts("server", options.profiles),
      call: namedFacts("call", options.profiles),
      attempt: namedFacts("attempt", options.profiles),
      store: namedFacts("store", options.profiles),
    };
    this.#templates = {
      server: template("server", options.profiles),
      call: template("call", options.profiles),
      attempt: template("attempt", options.profiles),
      store: template("store", options.profiles),
    };
  }

  /** The tree of one Exchange, the root first; empty where its trace is not kept. */
  spans(exchange: Exchange): SpanRecord[] {
    if (!exchange.traced || exchange.background || !this.#keep(exchange)) return [];
    const spans = [this.#server(exchange)];
    const { call } = exchange;
    for (const operation of exchange.storeOperations) spans.push(this.#store(exchange, operation));
    if (call !== null) {
      spans.push(this.#call(exchange, call));
      for (let index = 0; index < call.attempts.length; index++) {
        spans.push(this.#attempt(exchange, call, call.attempts[index] as Attempt, index));
      }
    }
    return spans;
  }

  #server(exchange: Exchange): SpanRecord {
    const method = knownMethod(exchange.method, "HTTP");
    const name = exchange.route === "other"
      ? this.#unrouted(method)
      : this.#name("server", { method, route: exchange.route });
    const error = failed(exchange);
    return {
      traceId: exchange.traceId,
      spanId: exchange.spanId,
      parentSpanId: exchange.parentSpanId,
      remoteParent: exchange.parentSpanId !== "",
      traceState: exchange.traceState,
      name,
      kind: SpanKind.Server,
      start: exchange.wallStart,
      end: wallTime(exchange, exchange.endedAt),
      ...this.#attributes(this.#facts.server, exchange),
      events: exchange.outcome === "cancelled" ? [cancelled(exchange)] : [],
      status: error ? SpanStatus.Error : SpanStatus.Unset,
      message: error ? exchange.errorMessage : "",
    };
  }

  #call(exchange: Exchange, call: ModelCall): SpanRecord {
    const error = call.status === "error";
    // What is asked of a provider, and not of one of its models, has no model in its span's name.
    const name = this.#name("call", {
      operation: call.operation,
      gen_ai_operation: OPERATIONS[call.operation].genAi,
      model: call.model,
    }).trimEnd();
    return this.#child(exchange, exchange.spanId, call.spanId, name, SpanKind.Client, {
      start: call.startedAt,
      end: call.endedAt,
      ...this.#attributes(this.#facts.call, call),
      error,
      message: error ? exchange.errorMessage : "",
    });
  }

  #attempt(exchange: Exchange, call: ModelCall, attempt: Attempt, index: number): SpanRecord {
    return this.#child(
      exchange,
      call.spanId,
      attempt.spanId,
      this.#name("attempt", { method: "POST" }),
      SpanKind.Client,
      {
        // Cancelled while it waited for a connection, it was never sent.
        start: attempt.startedAt >= 0 ? attempt.startedAt : call.startedAt,
        end: attempt.endedAt,
        ...this.#attributes(this.#facts.attempt, { attempt, index }),
        error: attempt.status === "error",
        message: "",
      },
    );
  }

  #store(exchange: Exchange, operation: StoreOperation): SpanRecord {
    const name = this.#name("store", { store: operation.store, operation: operation.operation });
    return this.#child(exchange, exchange.spanId, operation.spanId, name, SpanKind.Internal, {
      start: operation.startedAt,
      end: operation.endedAt,
      ...this.#attributes(this.#facts.store, operation),
      error: operation.status === "error",
      message: "",
    });
  }

  #child(
    exchange: Exchange,
    parentSpanId: string,
    spanId: string,
    name: string,
    kind: SpanKind,
    what: {
      start: number;
      end: number;
      attributes: Attributes;
      droppedAttributes: number;
      error: boolean;
      message: string;
    },
  ): SpanRecord {
    // What was still open when the request ended, ended with it.
    const end = what.end <= exchange.endedAt ? what.end : exchange.endedAt;
    const start = what.start <= end ? what.start : end;
    return {
      traceId: exchange.traceId,
      spanId,
      parentSpanId,
      remoteParent: false,
      traceState: exchange.traceState,
      name,
      kind,
      start: wallTime(exchange, start),
      end: wallTime(exchange, end),
      attributes: what.attributes,
      droppedAttributes: what.droppedAttributes,
      events: [],
      status: what.error ? SpanStatus.Error : SpanStatus.Unset,
      message: what.message,
    };
  }

  #attributes<Type extends SpanType>(
    facts: readonly NamedFact<Type>[],
    subject: SpanSubjects[Type],
  ): { attributes: Attributes; droppedAttributes: number } {
    const { maxAttributes, maxLength } = this.#options;
    const names: string[] = [];
    const values: AttributeValue[] = [];
    let dropped = 0;
    for (let i = 0; i < facts.length; i++) {
      const fact = facts[i] as NamedFact<Type>;
      let value = fact.read(subject);
      if (value === null || value === "" || Number.isNaN(value)) continue;
      if (typeof value === "string" && value.length > maxLength) value = value.slice(0, maxLength);
      for (let n = 0; n < fact.names.length; n++) {
        if (names.length >= maxAttributes) {
          dropped++;
          continue;
        }
        names.push(fact.names[n] as string);
        values.push(value);
      }
    }
    return { attributes: { names, values }, droppedAttributes: dropped };
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
  #unrouted(method: string): string {
    return this.#name("server", { method, route: "" }).trimEnd();
  }
}

function cancelled(exchange: Exchange): SpanRecord["events"][number] {
  const { cancelStage } = exchange;
  return {
    name: CANCELLED_EVENT,
    at: wallTime(exchange, exchange.endedAt),
    attributes: cancelStage === "" ? { names: [], values: [] } : { names: ["stage"], values: [cancelStage] },
  };
}

/** Rows of one span under the configured names; where two profiles give one name, the first keeps it. */
function namedFacts<Type extends SpanType>(type: Type, profiles: readonly Profile[]): NamedFact<Type>[] {
  const taken = new Set<string>();
  const owned = new Map<Fact, string[]>();
  for (const profile of profiles) {
    for (const [fact, row] of Object.entries<AttributeRow>(ATTRIBUTES)) {
      if (row.on !== type) continue;
      for (const name of row.names[profile] ?? []) {
        if (taken.has(name)) continue;
        taken.add(name);
        const names = owned.get(fact as Fact) ?? [];
        owned.set(fact as Fact, [...names, name]);
      }
    }
  }
  return [...owned].map(([fact, names]) => ({ names, read: READERS[fact] as Reader<Type> }));
}

function template(type: SpanType, profiles: readonly Profile[]): Template {
  const { names } = SPANS[type];
  const name = profiles.map((profile) => names[profile]).find((it) => it !== undefined) ?? names.gateway;
  return name.split(/[{}]/);
}
