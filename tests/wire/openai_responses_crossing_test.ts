import { assertEquals } from "@std/assert";
import type { ChatResponse, JsonObject, StreamEvent } from "../../lib/wire/canonical.ts";
import type { Codec, EncodeContext } from "../../lib/wire/codec.ts";
import { anthropicMessages } from "../../lib/wire/anthropic_messages.ts";
import { googleGenerateContent } from "../../lib/wire/google_generate_content.ts";
import { openaiChat } from "../../lib/wire/openai_chat.ts";
import { openaiResponses } from "../../lib/wire/openai_responses.ts";
import { assemble, gist } from "./assemble.ts";
import { decodeLines, STREAMS, WHOLE } from "./openai_responses_recordings.ts";
import {
  chatRecordings,
  contentRecordings,
  messageRecordings,
  type Recording,
  sseEvents,
} from "./recordings.ts";
import { needsRecordings } from "./shared.ts";

/** The other formats, each with its recordings. */
const OTHERS: readonly [Codec, () => Recording[]][] = [
  [openaiChat, chatRecordings],
  [anthropicMessages, messageRecordings],
  [googleGenerateContent, contentRecordings],
];

function context(codec: Codec): EncodeContext {
  return { id: codec.newId(), model: "m", created: 1, request: {}, includeUsage: true };
}

/** A whole answer in a format, and what that format's client reads of it. */
function crossWhole(response: ChatResponse, codec: Codec): ChatResponse {
  return codec.decodeResponse(codec.encodeResponse(response, context(codec)));
}

/** A stream in a format, and what that format's client reads of it. */
function crossStream(events: readonly StreamEvent[], codec: Codec): StreamEvent[] {
  const encoder = codec.eventEncoder(context(codec));
  const decoder = codec.eventDecoder();
  const shown = sseEvents(events.map((event) => encoder.push(event)).join(""));
  return [...shown.flatMap((event) => decoder.push(event)), ...(decoder.bodyEnded?.() ?? [])];
}

/** What all formats can say. Paragraphs of a reasoning are set apart in some; what is not an answer's is not told. */
function common(response: ChatResponse) {
  const { choices, usage } = gist(response);
  return {
    choices: choices.slice(0, 1).map(({ reasoning, ...choice }) => ({
      ...choice,
      reasoning: reasoning.replaceAll(/\s+/g, ""),
    })),
    usage,
  };
}

/** In the responses API calls tell that they are to be made, and a refusal without words is filtered content. */
function asResponse(answer: ReturnType<typeof common>): ReturnType<typeof common> {
  const choices = answer.choices.map((choice) => {
    if (choice.finishReason === "stop" && choice.calls.length > 0) {
      return { ...choice, finishReason: "tool_calls" as const };
    }
    if (choice.finishReason === "refusal" && choice.refusal === "") {
      return { ...choice, finishReason: "content_filter" as const };
    }
    return choice;
  });
  return { ...answer, choices };
}

for (const [codec, recordings] of OTHERS) {
  for (const { name, body } of WHOLE) {
    Deno.test({
      name: `${name} says the same as ${codec.format}, and turned back`,
      ...needsRecordings,
      fn() {
        const given = openaiResponses.decodeResponse(body);
        const crossed = crossWhole(given, codec);
        assertEquals(common(crossed), common(given));
        assertEquals(common(crossWhole(crossed, openaiResponses)), common(given));
      },
    });
  }

  for (const { name, lines } of STREAMS) {
    Deno.test({
      name: `the stream ${name} says the same as ${codec.format}, and turned back`,
      ...needsRecordings,
      fn() {
        const given = decodeLines(openaiResponses.eventDecoder(), lines);
        const crossed = crossStream(given, codec);
        assertEquals(common(assemble(crossed)), common(assemble(given)));
        assertEquals(common(assemble(crossStream(crossed, openaiResponses))), common(assemble(given)));
      },
    });
  }

  for (const { name, body, events } of recordings()) {
    Deno.test({
      name: `${name} says the same as a response of the responses API`,
      ...needsRecordings,
      fn() {
        if (body !== null) {
          const given = codec.decodeResponse(body as JsonObject);
          assertEquals(common(crossWhole(given, openaiResponses)), asResponse(common(given)));
        }
        if (events !== null) {
          const decoder = codec.eventDecoder();
          const given = [...events.flatMap((event) => decoder.push(event)), ...(decoder.bodyEnded?.() ?? [])];
          if (given.some(({ type }) => type === "error")) return;
          assertEquals(
            common(assemble(crossStream(given, openaiResponses))),
            asResponse(common(assemble(given))),
          );
        }
      },
    });
  }
}
