import { Buffer } from "node:buffer";
import type { JsonObject } from "../../../wire/canonical.ts";
import { missing, stringOr } from "../prompt.ts";
import { tokensOf } from "../text.ts";
import { type MockEvent, mockEvent } from "../wire.ts";
import {
  countTokens,
  type MockCall,
  type MockOperation,
  type MockOperationAnswer,
  requiredFile,
  requiredModel,
  unknownPath,
} from "./operation.ts";

const TYPES: Readonly<Record<string, string>> = {
  mp3: "audio/mpeg",
  opus: "audio/opus",
  aac: "audio/aac",
  flac: "audio/flac",
  wav: "audio/wav",
  pcm: "audio/pcm",
};

/** `POST /v1/audio/speech`, `/transcriptions` and `/translations`. */
export const audio: MockOperation = (call) => {
  if (call.method !== "POST") throw unknownPath(call);
  switch (call.subpath) {
    case "/speech":
      return speech(call);
    case "/transcriptions":
    case "/translations":
      return transcription(call);
    default:
      throw unknownPath(call);
  }
};

/** Bytes that are no audio, but the same for the same text: 100 a character. */
function speech(call: MockCall): MockOperationAnswer {
  requiredModel(call);
  const input = stringOr(call.fields["input"], "");
  if (input === "") throw missing("input");
  const bytes = Uint8Array.from({ length: input.length * 100 }, (_, i) => (i * 31 + input.length) & 0xff);
  if (call.fields["stream_format"] === "sse") return { events: spoken(bytes, input) };
  const format = stringOr(call.fields["response_format"], "mp3");
  return { bytes, type: TYPES[format] ?? "application/octet-stream" };
}

function* spoken(bytes: Uint8Array<ArrayBuffer>, input: string): Iterable<MockEvent> {
  for (let at = 0; at < bytes.length; at += 256) {
    const audio = Buffer.from(bytes.subarray(at, at + 256)).toString("base64");
    yield mockEvent("content", { type: "speech.audio.delta", audio });
  }
  const usage = {
    input_tokens: countTokens(input),
    output_tokens: Math.ceil(bytes.length / 256),
    total_tokens: countTokens(input) + Math.ceil(bytes.length / 256),
  };
  yield mockEvent("terminal", { type: "speech.audio.done", usage });
}

function transcription(call: MockCall): MockOperationAnswer {
  requiredModel(call);
  const file = requiredFile(call, "file");
  const text = `The file ${file.name} has ${file.size} bytes.`;
  const usage: JsonObject = {
    type: "tokens",
    input_tokens: Math.ceil(file.size / 100),
    input_token_details: { text_tokens: 0, audio_tokens: Math.ceil(file.size / 100) },
    output_tokens: countTokens(text),
    total_tokens: Math.ceil(file.size / 100) + countTokens(text),
  };
  if (call.fields["stream"] === "true" || call.fields["stream"] === true) {
    return { events: transcribed(text, usage) };
  }
  switch (call.fields["response_format"]) {
    case "text":
      return { bytes: `${text}\n`, type: "text/plain; charset=utf-8" };
    case "srt":
      return { bytes: `1\n00:00:00,000 --> 00:00:01,000\n${text}\n`, type: "text/plain; charset=utf-8" };
    case "vtt":
      return { bytes: `WEBVTT\n\n00:00.000 --> 00:01.000\n${text}\n`, type: "text/plain; charset=utf-8" };
    case "verbose_json":
      return {
        json: {
          task: "transcribe",
          language: "english",
          duration: 1,
          text,
          usage: { type: "duration", seconds: 1 },
        },
      };
    default:
      return { json: { text, usage } };
  }
}

function* transcribed(text: string, usage: JsonObject): Iterable<MockEvent> {
  for (const delta of tokensOf(text)) yield mockEvent("content", { type: "transcript.text.delta", delta });
  yield mockEvent("terminal", { type: "transcript.text.done", text, usage });
}
