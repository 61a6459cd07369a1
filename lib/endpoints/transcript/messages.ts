import type { TranscriptMessage, TranscriptPart } from "../../telemetry/projections/transcript.ts";
import type { Message, Part, ToolResultPart } from "../../wire/canonical.ts";
import type { AnswerCollector } from "./answer_collector.ts";

/**
 * The messages of a request. Formats cut them up differently: here neighbours of one role that are not results of
 * tools are one message, each result is one of its own, and neighbouring texts are one text.
 */
export function requestMessages(messages: readonly Message[]): readonly TranscriptMessage[] {
  const told: { role: string; parts: TranscriptPart[]; finishReason: string }[] = [];
  for (const { role, parts } of messages) {
    for (const part of parts) {
      const shown = shownPart(part);
      if (shown === null) continue;
      const last = told[told.length - 1];
      const alone = shown.type === "tool_result";
      const speaker = alone ? "tool" : role;
      if (!alone && last?.role === speaker) add(last.parts, shown, "\n");
      else told.push({ role: speaker, parts: [shown], finishReason: "" });
    }
  }
  return told;
}

/** The answers of a model, one message a choice. */
export function answerMessages({ choices }: AnswerCollector): readonly TranscriptMessage[] {
  return choices.map(({ parts, finishReason }) => {
    const told: TranscriptPart[] = [];
    for (const part of parts) {
      const shown = shownPart(part);
      if (shown !== null) add(told, shown, "");
    }
    return { role: "assistant", parts: told, finishReason };
  }).filter((message) => message.parts.length > 0 || message.finishReason !== "");
}

function add(parts: TranscriptPart[], part: TranscriptPart, separator: string): void {
  const last = parts[parts.length - 1];
  if ((part.type === "text" || part.type === "reasoning") && last?.type === part.type) {
    parts[parts.length - 1] = { type: part.type, text: `${last.text}${separator}${part.text}` };
  } else parts.push(part);
}

/** Null for what says nothing, and for what only its own format knows. */
function shownPart(part: Part): TranscriptPart | null {
  switch (part.type) {
    case "text":
    case "reasoning":
      return part.text === "" ? null : { type: part.type, text: part.text };
    case "refusal":
      return { type: "text", text: part.text };
    case "tool_call":
      return { type: "tool_call", id: part.id, name: part.name, arguments: part.arguments };
    case "tool_result":
      return { type: "tool_result", id: part.callId, text: resultText(part) };
    case "image":
      return media("image", part);
    case "file":
      return part.text === undefined ? media("file", part) : { type: "text", text: part.text };
    case "audio":
      return media("audio", { mediaType: `audio/${part.audioFormat}` });
    case "opaque":
      return null;
  }
}

function resultText({ content }: ToolResultPart): string {
  return content.map((part) => part.type === "text" ? part.text : `[${part.type}]`).join("\n");
}

function media(
  modality: "image" | "audio" | "file",
  { mediaType = "", url = "", fileId = "" }: { mediaType?: string; url?: string; fileId?: string },
): TranscriptPart {
  return { type: "media", modality, mediaType, url, fileId };
}
