import { type ErrorCode, ERRORS, GatewayError } from "../../errors.ts";
import type { JsonObject, JsonValue, Part, ReasoningPart, StreamEvent, Usage } from "../canonical.ts";
import type { EncodeContext, EventEncoder } from "../codec.ts";
import { ownFields } from "../extensions.ts";
import { BLANK_PING, encodeSse } from "../sse.ts";
import { statusOfGoogle } from "../google_error.ts";
import { encodeErrorEvent } from "./error.ts";
import { encodeFinishReason } from "./finish_reason.ts";
import { FORMAT } from "./format.ts";
import { encodeGrounding } from "./grounding.ts";
import { encodeLogprobs } from "./logprobs.ts";
import { answerPart, callPart, thoughtPart } from "./response.ts";
import { ownSignature, sealSignature } from "./thought_signature.ts";
import { encodeUsage } from "./usage.ts";

type Finish = StreamEvent & { type: "finish" };

/** One candidate under way. */
class Candidate {
  /** Parts that are not ended, by their number: a call is shown whole, thoughts are signed at their end. */
  readonly open = new Map<number, Part>();
  /** Signature of the thoughts before the next call. */
  signature: string | undefined;
  text = "";
  /** Where the text under way begins in it. */
  offset = 0;
  readonly annotations: JsonValue[] = [];
  finish: Finish | null = null;
}

/**
 * Events as pieces of an answer. Google shows calls whole, and usage, citations and the finish reason in the last
 * piece, which other formats tell apart: all these wait.
 */
export class ContentEventEncoder implements EventEncoder {
  readonly #candidates = new Map<number, Candidate>();
  /** What stands behind the candidates of each piece. */
  readonly #suffix: string;
  #usage: Usage | undefined;
  #closed = false;

  constructor(context: EncodeContext) {
    const tail = { modelVersion: context.model, responseId: context.id };
    this.#suffix = `${JSON.stringify(tail).slice(1)}\n\n`;
  }

  final(): null {
    return null;
  }

  push(event: StreamEvent): string {
    if (this.#closed) return "";
    switch (event.type) {
      case "start":
        this.#usage = event.usage;
        return "";
      case "usage":
        this.#usage = event.usage;
        return "";
      case "finish":
        this.#candidate(event.choice).finish ??= event;
        return "";
      case "end":
        return this.#end();
      case "error":
        this.#closed = true;
        return encodeErrorEvent(...announced(event));
      case "ping":
        return BLANK_PING;
      case "opaque":
        return event.format === FORMAT ? encodeSse(JSON.stringify(event.value)) : "";
      default:
        return this.#part(event, this.#candidate(event.choice));
    }
  }

  #part(event: StreamEvent & { part: number; choice: number }, candidate: Candidate): string {
    const { choice } = event;
    if (event.type === "part_start") return this.#start(event.value, event, candidate);
    const open = candidate.open.get(event.part);
    switch (event.type) {
      case "text_delta":
      case "refusal_delta":
        return this.#text(choice, event.text, candidate, event.logprobs);
      case "reasoning_delta":
        return event.text === ""
          ? ""
          : this.#piece(choice, JSON.stringify(thoughtPart(event.text, undefined)));
      case "signature_delta":
        if (open?.type === "reasoning") {
          open.signature = (open.signature ?? "") + event.signature;
          open.signatureFormat = event.format;
        }
        return "";
      case "arguments_delta":
        if (open?.type === "tool_call") open.arguments += event.text;
        return "";
      case "annotation":
        candidate.annotations.push(shifted(event.value, candidate.offset));
        return "";
      default:
        candidate.open.delete(event.part);
        return open === undefined ? "" : this.#partEnd(choice, endOf(event, open), candidate);
    }
  }

  #start(value: Part, { choice, part }: { choice: number; part: number }, candidate: Candidate): string {
    switch (value.type) {
      case "tool_call":
        candidate.open.set(part, { ...value });
        return "";
      case "reasoning":
        candidate.open.set(part, { ...value });
        return value.text === ""
          ? ""
          : this.#piece(choice, JSON.stringify(thoughtPart(value.text, undefined)));
      case "text":
      case "refusal":
        candidate.offset = candidate.text.length;
        return this.#text(choice, value.text, candidate);
      case "opaque":
        // Completed by its end.
        candidate.open.set(part, value);
        return "";
      default: {
        const shown = answerPart(value);
        return shown === null ? "" : this.#piece(choice, JSON.stringify(shown));
      }
    }
  }

  #partEnd(choice: number, value: Part, candidate: Candidate): string {
    switch (value.type) {
      case "tool_call": {
        const call = callPart(value.id, value.name, value.arguments, candidate.signature);
        candidate.signature = undefined;
        return this.#piece(choice, JSON.stringify(call));
      }
      case "reasoning":
        return this.#signed(choice, value, candidate);
      case "opaque": {
        const shown = answerPart(value);
        return shown === null ? "" : this.#piece(choice, JSON.stringify(shown));
      }
      default:
        return "";
    }
  }

  /** Google's own signature waits for the call that it belongs to; another's goes out on an empty thought. */
  #signed(choice: number, part: ReasoningPart, candidate: Candidate): string {
    const before = this.#lone(choice, candidate);
    candidate.signature = ownSignature(part);
    const sealed = sealSignature(part);
    return sealed === undefined
      ? before
      : before + this.#piece(choice, JSON.stringify(thoughtPart("", sealed)));
  }

  /** A signature that no call followed. */
  #lone(choice: number, candidate: Candidate): string {
    const { signature } = candidate;
    candidate.signature = undefined;
    return signature === undefined
      ? ""
      : this.#piece(choice, JSON.stringify({ text: "", thoughtSignature: signature }));
  }

  #text(choice: number, text: string, candidate: Candidate, logprobs?: JsonValue[]): string {
    if (text === "" && logprobs === undefined) return "";
    candidate.text += text;
    const result = encodeLogprobs(logprobs);
    const more = result === undefined ? "" : `,"logprobsResult":${JSON.stringify(result)}`;
    return this.#lone(choice, candidate) + this.#piece(choice, `{"text":${JSON.stringify(text)}}`, more);
  }

  #piece(choice: number, part: string, more = ""): string {
    return `data: {"candidates":[{"content":{"parts":[${part}],"role":"model"},"index":${choice}${more}}],${this.#suffix}`;
  }

  #end(): string {
    this.#closed = true;
    let text = "";
    if (this.#candidates.size === 0) this.#candidate(0);
    const last: JsonObject[] = [];
    for (const [choice, candidate] of this.#candidates) {
      for (const value of candidate.open.values()) text += this.#partEnd(choice, value, candidate);
      last.push(lastPiece(choice, candidate));
    }
    const fields: JsonObject = { candidates: last };
    if (this.#usage !== undefined) fields.usageMetadata = encodeUsage(this.#usage);
    return `${text}data: ${JSON.stringify(fields).slice(0, -1)},${this.#suffix}`;
  }

  #candidate(choice: number): Candidate {
    let candidate = this.#candidates.get(choice);
    if (candidate === undefined) this.#candidates.set(choice, candidate = new Candidate());
    return candidate;
  }
}

function lastPiece(choice: number, candidate: Candidate): JsonObject {
  const { finish, signature, text, annotations } = candidate;
  const part: JsonObject = { text: "" };
  if (signature !== undefined) part.thoughtSignature = signature;
  const encoded: JsonObject = {
    content: { parts: [part], role: "model" },
    finishReason: encodeFinishReason(finish?.reason ?? "stop"),
    index: choice,
  };
  const grounding = encodeGrounding(text, { format: FORMAT, items: annotations });
  if (grounding !== undefined) encoded.groundingMetadata = grounding;
  return Object.assign(encoded, ownFields(FORMAT, finish?.extensions));
}

/** A part as its end completes it. */
function endOf(event: StreamEvent, open: Part): Part {
  return event.type === "part_end" ? event.value ?? open : open;
}

/** An annotation of one text of several, as one of all that was shown. */
function shifted(value: JsonValue, by: number): JsonValue {
  if (by === 0 || typeof value !== "object" || value === null || Array.isArray(value)) return value;
  const { start_index: start, end_index: end } = value;
  if (typeof start !== "number" || typeof end !== "number") return value;
  return { ...value, start_index: start + by, end_index: end + by };
}

/** A provider's error event as the gateway's error and its status. */
function announced(event: StreamEvent & { type: "error" }): [error: GatewayError, status: number] {
  const code = Object.hasOwn(ERRORS, event.code) ? event.code as ErrorCode : "upstream_error";
  const error = new GatewayError(code, event.message);
  return [error, event.status ?? statusOfGoogle(event.code) ?? error.status];
}
