import type { GatewayError } from "../../errors.ts";
import type { JsonObject, StreamEvent } from "../../wire/canonical.ts";
import {
  type ClientCodec,
  type Codec,
  type EncodeContext,
  type EventDecoder,
  type EventEncoder,
  EventKind,
  type Observed,
  type ObservedError,
  type StreamObserver,
} from "../../wire/codec.ts";
import { joinBytes } from "../../wire/join_bytes.ts";
import type { Framing, WireEvent } from "../../wire/framing.ts";
import type { EventGuard } from "../answer_guard.ts";
import type { AnswerSoFar } from "./answer_so_far.ts";
import { isGuards } from "./failure.ts";
import { echoInEvent } from "./response_echo.ts";

/**
 * A provider's stream on its way to the client: bytes that pass through and are only watched, or events
 * translated into another format. Output collects until it is taken; the terminal event is made by `end()`,
 * so that it can wait until what it acknowledges is stored.
 */
export interface StreamTranslator {
  readonly observed: Observed;
  /** Events that the client was or will be shown, for the sequence number of an error event. */
  readonly sequence: number;
  /** Why a guard did not let the answer go on, after which `push` said `Error`. */
  readonly blocked: GatewayError | null;
  push(event: WireEvent): EventKind;
  /** The provider's body ended without a terminal event: `Terminal` where its format ends so. */
  bodyEnded(): EventKind;
  /** What is ready for the client since the last call, or null. */
  take(): Uint8Array<ArrayBuffer> | null;
  /** The answer as a whole, for the store; null where the format has none. */
  final(): JsonObject | null;
  /** The terminal event's bytes. */
  end(): Uint8Array<ArrayBuffer>;
}

/** Same format at both ends. */
export class PassThrough implements StreamTranslator {
  readonly #observer: StreamObserver;
  readonly #withholdUsage: boolean;
  readonly #echo: JsonObject | null;
  readonly #tail: Uint8Array | null;
  #ready: Uint8Array[] = [];
  #terminal: Uint8Array = new Uint8Array();
  readonly blocked = null;
  sequence = 0;

  /**
   * @param echo fields that the response shows though the provider does not; null: none.
   * @param tail what goes out behind the terminal event; null: nothing.
   */
  constructor(
    observer: StreamObserver,
    withholdUsage: boolean,
    echo: JsonObject | null,
    tail: Uint8Array | null = null,
  ) {
    this.#observer = observer;
    this.#withholdUsage = withholdUsage;
    this.#echo = echo;
    this.#tail = tail;
  }

  get observed(): Observed {
    return this.#observer.observed;
  }

  push(event: WireEvent): EventKind {
    const kind = this.#observer.push(event);
    if (kind === EventKind.Error || (kind === EventKind.Usage && this.#withholdUsage)) return kind;
    const bytes = this.#echo === null || kind === EventKind.Content
      ? event.raw
      : echoInEvent(event, this.#echo);
    this.sequence++;
    if (kind === EventKind.Terminal) this.#terminal = bytes;
    else this.#ready.push(bytes);
    return kind;
  }

  bodyEnded(): EventKind {
    return this.#observer.bodyEnded?.() ?? EventKind.Prelude;
  }

  take(): Uint8Array<ArrayBuffer> | null {
    const ready = this.#ready;
    if (ready.length === 0) return null;
    this.#ready = [];
    return ready.length === 1 ? ready[0] as Uint8Array<ArrayBuffer> : joinBytes(ready);
  }

  final(): JsonObject | null {
    const { final } = this.#observer.observed;
    return final === null || this.#echo === null ? final : { ...final, ...this.#echo };
  }

  end(): Uint8Array<ArrayBuffer> {
    if (this.#tail !== null) return joinBytes([this.#terminal, this.#tail]);
    return this.#terminal as Uint8Array<ArrayBuffer>;
  }
}

/** Different formats: decoded into canonical events and encoded again. */
export class Translation implements StreamTranslator {
  readonly observed: Observed = {
    responseId: "",
    model: "",
    finishReason: "",
    usage: null,
    error: null,
    final: null,
  };
  readonly #decoder: EventDecoder;
  readonly #encoder: EventEncoder;
  readonly #framing: Framing;
  readonly #guard: EventGuard | null;
  #text = "";
  /** The client's answer has its beginning. */
  #begun: boolean;
  blocked: GatewayError | null = null;

  /**
   * @param framing the client's.
   * @param guard looks at the events between the formats; null: nothing does.
   * @param soFar the answer that this is a piece of; null: it is the whole of one.
   */
  constructor(
    from: Pick<Codec, "eventDecoder">,
    to: ClientCodec,
    framing: Framing,
    context: EncodeContext,
    guard: EventGuard | null = null,
    readonly soFar: AnswerSoFar | null = null,
  ) {
    this.#decoder = from.eventDecoder();
    this.#encoder = soFar?.encoder ?? to.eventEncoder(context);
    this.#begun = soFar !== null;
    this.#framing = framing;
    this.#guard = guard;
  }

  get sequence(): number {
    return this.#encoder.sequence ?? 0;
  }

  push(event: WireEvent): EventKind {
    return this.#encode(this.#decoder.push(event));
  }

  bodyEnded(): EventKind {
    return this.#encode(this.#decoder.bodyEnded?.() ?? []);
  }

  #encode(decoded: readonly StreamEvent[]): EventKind {
    let kind = EventKind.Prelude;
    const events = this.#guarded(decoded);
    if (events === null) return EventKind.Error;
    for (const canonical of events) {
      const one = this.#canonical(canonical);
      if (one > kind) kind = one;
    }
    return kind;
  }

  /** Null: blocked. */
  #guarded(events: readonly StreamEvent[]): readonly StreamEvent[] | null {
    if (this.#guard === null) return events;
    try {
      return this.#guard.push(events);
    } catch (cause) {
      if (!isGuards(cause)) throw cause;
      this.blocked = cause;
      return null;
    }
  }

  #canonical(event: StreamEvent): EventKind {
    const { observed } = this;
    switch (event.type) {
      case "end":
        return EventKind.Terminal;
      case "error":
        observed.error = errorIn(event);
        return EventKind.Error;
      case "start":
        observed.responseId = event.id;
        observed.model = event.model;
        if (event.usage !== undefined) observed.usage = event.usage;
        break;
      case "usage":
        observed.usage = event.usage;
        break;
      case "finish":
        observed.finishReason = event.reason;
        break;
    }
    if (!this.#begun) this.#begin(event);
    if (this.soFar === null) this.#write(event);
    else for (const shown of this.soFar.show(event)) this.#write(shown);
    return event.type.endsWith("_delta") || event.type === "finish" ? EventKind.Content : EventKind.Prelude;
  }

  /** A stream that has lost its first event is still to be one of the client's format. */
  #begin({ type }: StreamEvent): void {
    if (type === "ping") return;
    this.#begun = true;
    if (type !== "start") this.#write({ type: "start", id: "", model: "" });
  }

  #write(event: StreamEvent): void {
    const text = this.#encoder.push(event);
    if (text === "") return;
    this.#text += this.soFar === null ? text : this.soFar.told(text);
  }

  take(): Uint8Array<ArrayBuffer> | null {
    if (this.#text === "") return null;
    const bytes = this.#framing.bytes(this.#text);
    this.#text = "";
    return bytes;
  }

  final(): JsonObject | null {
    return this.#encoder.final();
  }

  end(): Uint8Array<ArrayBuffer> {
    return this.#framing.bytes(this.#encoder.push({ type: "end" }));
  }
}

function errorIn({ type: _type, ...error }: StreamEvent & { type: "error" }): ObservedError {
  return error;
}
