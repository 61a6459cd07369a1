import type { ModelRequest } from "../../stages/model_request.ts";
import type { Redaction, Transcriber, TranscriptMessage } from "../../telemetry/projections/transcript.ts";
import { MAX_PARSED } from "../../telemetry/redaction.ts";
import type { JsonObject, Message } from "../../wire/canonical.ts";
import { isObject } from "../../wire/shape.ts";
import { AnswerCollector } from "./answer_collector.ts";
import { answerMessages, requestMessages } from "./messages.ts";

const decoder = new TextDecoder();
const NOTHING: readonly TranscriptMessage[] = [];

/**
 * Reads a conversation back from the bytes of its two sides, whatever their format: no more than a reference is kept
 * of a request until its trace is known to be kept. What cannot be read tells nothing.
 */
export function transcriber(request: ModelRequest): Transcriber {
  return (response, redaction) => ({
    input: attempt(() => requestMessages(asked(request, redaction))),
    output: response === null
      ? NOTHING
      : attempt(() => answerMessages(answered(request, response, redaction))),
  });
}

function asked(request: ModelRequest, redaction: Redaction): readonly Message[] {
  const { bytes, codec, model } = request;
  if (bytes.length > MAX_PARSED) return [];
  const body = { ...object(decoder.decode(bytes), redaction) };
  if (codec.modelInPath !== true) body["model"] = model;
  return codec.decodeRequest(body).messages;
}

function answered(request: ModelRequest, response: Uint8Array, redaction: Redaction): AnswerCollector {
  const { codec, framing } = request;
  const answer = new AnswerCollector();
  if (!request.stream) {
    if (response.length > MAX_PARSED) return answer;
    answer.whole(codec.decodeResponse(object(decoder.decode(response), redaction)));
    return answer;
  }
  const events = codec.eventDecoder();
  const parser = framing.parser(
    (event) => {
      const data = event.data.startsWith("{") ? JSON.stringify(object(event.data, redaction)) : event.data;
      for (const decoded of events.push({ type: event.type, data, raw: event.raw })) answer.push(decoded);
    },
    { maxEventBytes: MAX_PARSED },
  );
  // Of a stream that was cut anywhere, that much is told.
  attempt(() => [parser.push(response)]);
  return answer;
}

function object(text: string, redaction: Redaction): JsonObject {
  const value = redaction.value(JSON.parse(text)) as JsonObject;
  if (!isObject(value)) throw new SyntaxError("Cannot read what is no object");
  return value;
}

/** What was redacted, is no JSON or is no request of its format shows no messages. */
function attempt<T>(read: () => readonly T[]): readonly T[] {
  try {
    return read();
  } catch {
    return [];
  }
}
