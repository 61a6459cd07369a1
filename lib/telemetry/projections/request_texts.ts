import type { Exchange } from "../exchange.ts";
import { lastUpstreamRequestId } from "./last_upstream_request_id.ts";

/** Texts that no two requests share. */
export enum RequestText {
  RequestId,
  TraceId,
  SpanId,
  UpstreamRequestId,
  /** Of its own call to a model, where that is traced. */
  ResponseId,
  CallId,
  /** Of that call's first attempt. */
  AttemptId,
}

/** No place. */
export const NOWHERE = -1;

const COUNT = RequestText.AttemptId + 1;

/** Characters; whoever gives longer ones fills no memory with them. */
const LONGEST = 256;

const encoder = new TextEncoder();

/**
 * What no two requests share, as bytes, for all projections that write it: ids are most of what is new in a line and in
 * a span. To look at one character takes V8 as long as to copy several bytes, and three times as long where texts came
 * about in different ways (cut out of another, parsed, put together); those of some requests, joined and encoded by one
 * call, take a fraction.
 */
export class RequestTexts {
  #requests: readonly Exchange[] = [];
  #encoded = false;
  #ascii = false;
  #text = "";
  #bytes = new Uint8Array(4096);
  /** By request and {@linkcode RequestText}. */
  #places = new Int32Array(0);

  /** Requests that go through the projections together, from now on; until the next ones their bytes stand. */
  begin(requests: readonly Exchange[]): void {
    this.#requests = requests;
    this.#encoded = false;
  }

  get bytes(): Uint8Array {
    return this.#bytes;
  }

  /** @returns what {@linkcode place} is given; negative where nothing of the request stands here. */
  find(exchange: Exchange): number {
    if (!this.#encoded) this.#encode();
    if (!this.#ascii) return NOWHERE;
    const requests = this.#requests;
    for (let i = 0; i < requests.length; i++) if (requests[i] === exchange) return i * COUNT;
    return NOWHERE;
  }

  /** Where a text of a request begins; negative: nowhere. It has as many bytes as characters. */
  place(found: number, text: RequestText): number {
    return found < 0 ? NOWHERE : this.#places[found + text] as number;
  }

  #encode(): void {
    const requests = this.#requests;
    this.#encoded = true;
    if (this.#places.length < requests.length * COUNT) this.#places = new Int32Array(requests.length * COUNT);
    this.#text = "";
    for (let i = 0; i < requests.length; i++) this.#addAll(requests[i] as Exchange, i * COUNT);
    const text = this.#text;
    const { length } = text;
    if (length > this.#bytes.length) this.#bytes = new Uint8Array(2 * length);
    const { read, written } = encoder.encodeInto(text, this.#bytes);
    this.#ascii = read === length && written === length;
  }

  #addAll(exchange: Exchange, found: number): void {
    const { call } = exchange;
    // Of what nobody keeps the line is all that is told.
    const told = call !== null && exchange.sampled ? call : null;
    this.#add(found + RequestText.RequestId, exchange.requestId);
    this.#add(found + RequestText.TraceId, exchange.traceId);
    this.#add(found + RequestText.SpanId, exchange.spanId);
    this.#add(
      found + RequestText.UpstreamRequestId,
      call === null ? "" : lastUpstreamRequestId(call.attempts),
    );
    this.#add(found + RequestText.ResponseId, told === null ? "" : told.responseId);
    this.#add(found + RequestText.CallId, told === null ? "" : told.spanId);
    this.#add(found + RequestText.AttemptId, told === null ? "" : told.attempts[0]?.spanId ?? "");
  }

  #add(place: number, text: string): void {
    const { length } = text;
    if (length === 0 || length > LONGEST) {
      this.#places[place] = NOWHERE;
      return;
    }
    this.#places[place] = this.#text.length;
    this.#text += text;
  }
}

/** Those of the requests that are projected now. */
export const requestTexts = new RequestTexts();
