import type { Redaction, Transcript, TranscriptMessage, TranscriptPart } from "./transcript.ts";

/** A transcript as it may be told. */
export interface FittedTranscript {
  /** Messages of the system before all others. */
  readonly system: readonly TranscriptMessage[];
  readonly input: readonly TranscriptMessage[];
  readonly output: readonly TranscriptMessage[];
  /** Messages of the input that found no room. */
  readonly omitted: number;
}

/** More messages than this are never told: each has attributes of its own. */
const MAX_MESSAGES = 64;
/** Parts of one message. */
const MAX_PARTS = 16;

/**
 * Takes secrets out, and fits instructions, conversation and answer into `maxLength` characters each. Of a
 * conversation the newest messages are the ones that explain the answer, so that the oldest go first.
 */
export function fitTranscript(
  transcript: Transcript,
  redaction: Redaction,
  maxLength: number,
): FittedTranscript {
  const first = transcript.input.findIndex(({ role }) => role !== "system" && role !== "developer");
  const leading = first < 0 ? transcript.input.length : first;
  const spoken = transcript.input.slice(leading);
  const input = fit(spoken.toReversed(), redaction, maxLength).reverse();
  return {
    system: fit(transcript.input.slice(0, leading), redaction, maxLength),
    input,
    output: fit(transcript.output, redaction, maxLength),
    omitted: spoken.length - input.length,
  };
}

/** As many of the messages, the first ones first, as there is room for; at least the first one's beginning. */
function fit(
  messages: readonly TranscriptMessage[],
  redaction: Redaction,
  maxLength: number,
): TranscriptMessage[] {
  const fitted: TranscriptMessage[] = [];
  let room = maxLength;
  for (const message of messages.slice(0, MAX_MESSAGES)) {
    if (room <= 0) break;
    const parts: TranscriptPart[] = [];
    for (const part of message.parts.slice(0, MAX_PARTS)) {
      if (room <= 0) break;
      const shown = clean(part, redaction, room);
      room -= lengthOf(shown);
      parts.push(shown);
    }
    fitted.push({ ...message, parts });
  }
  return fitted;
}

/** Characters of names, ids and places. */
const MAX_NAME = 1024;

function clean(part: TranscriptPart, redaction: Redaction, room: number): TranscriptPart {
  switch (part.type) {
    case "text":
    case "reasoning":
      return { type: part.type, text: redaction.text(part.text, room) };
    case "tool_call":
      return {
        type: part.type,
        id: part.id.slice(0, MAX_NAME),
        name: part.name.slice(0, MAX_NAME),
        arguments: redaction.json(part.arguments, room),
      };
    case "tool_result":
      return { type: part.type, id: part.id.slice(0, MAX_NAME), text: redaction.json(part.text, room) };
    case "media":
      return {
        ...part,
        mediaType: part.mediaType.slice(0, MAX_NAME),
        // A query may be a signature that lets anybody in.
        url: redaction.text(part.url.replace(/[?#].*$/s, ""), MAX_NAME),
        fileId: part.fileId.slice(0, MAX_NAME),
      };
  }
}

/** Names, ids and places count as what they take up, and a part with nothing in it as something. */
function lengthOf(part: TranscriptPart): number {
  switch (part.type) {
    case "text":
    case "reasoning":
      return part.text.length + 1;
    case "tool_call":
      return part.id.length + part.name.length + part.arguments.length + 1;
    case "tool_result":
      return part.id.length + part.text.length + 1;
    case "media":
      return part.mediaType.length + part.url.length + part.fileId.length + 1;
  }
}
