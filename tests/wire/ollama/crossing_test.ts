import { assertEquals } from "@std/assert";
import { anthropicMessages } from "../../../lib/wire/anthropic_messages.ts";
import type { ChatResponse, StreamEvent } from "../../../lib/wire/canonical.ts";
import type { Codec, EncodeContext } from "../../../lib/wire/codec.ts";
import type { WireEvent } from "../../../lib/wire/framing.ts";
import { ollamaChat } from "../../../lib/wire/ollama_chat.ts";
import { openaiChat } from "../../../lib/wire/openai_chat.ts";
import { fixtureEvents, fixtureJson } from "../../fixtures/fixture.ts";
import { assemble, gist } from "../assemble.ts";
import { CODECS } from "../codecs.ts";
import { chatRecordings, messageRecordings } from "../recordings.ts";
import { needsRecordings } from "../shared.ts";

const context: EncodeContext = { id: "id", model: "m", created: 1, request: {}, includeUsage: true };

function decode(codec: Codec, events: readonly WireEvent[]): StreamEvent[] {
  const decoder = codec.eventDecoder();
  return events.flatMap((event) => decoder.push(event));
}

/** A stream on its way over the wire in another format. */
function across(codec: Codec, events: readonly StreamEvent[]): StreamEvent[] {
  const encoder = codec.eventEncoder(context);
  const read: WireEvent[] = [];
  const parser = codec.framing.parser((event) => read.push(event), {});
  parser.push(codec.framing.bytes(events.map((event) => encoder.push(event)).join("")));
  assertEquals(parser.end(), true);
  return decode(codec, read);
}

/** What Ollama can say of an answer: one choice, two reasons to end, tokens in and out. */
function said(response: ChatResponse) {
  const { choices, usage } = gist(response);
  const [choice] = choices;
  return {
    text: (choice?.text ?? "") + (choice?.refusal ?? ""),
    reasoning: choice?.reasoning,
    calls: choice?.calls.map((call) => ({ ...call, arguments: JSON.parse(call.arguments || "{}") })),
    ended: choice?.calls.length === 0 ? choice.finishReason === "length" : "with calls",
    usage: usage === null ? null : [usage.input, usage.output],
  };
}

for (
  const [from, recordings] of [[openaiChat, chatRecordings], [anthropicMessages, messageRecordings]] as const
) {
  Deno.test({
    name: `every recording in ${from.format} says the same to Ollama's clients`,
    ...needsRecordings,
    fn() {
      const all = recordings();
      assertEquals(all.length > 10, true);
      for (const { name, body, events } of all) {
        if (body !== null) {
          const answer = from.decodeResponse(body);
          const shown = ollamaChat.decodeResponse(ollamaChat.encodeResponse(answer, context));
          assertEquals(said(shown), said(answer), name);
        }
        if (events !== null) {
          const stream = decode(from, events);
          assertEquals(said(assemble(across(ollamaChat, stream))), said(assemble(stream)), name);
        }
      }
    },
  });
}

for (const to of Object.values(CODECS).filter((codec) => codec.format !== "ollama_generate")) {
  Deno.test(`Ollama's answers say the same in ${to.format}`, () => {
    for (const name of ["chat", "chat_tool_call"]) {
      const answer = ollamaChat.decodeResponse(fixtureJson(`ollama/${name}.json`));
      const shown = to.decodeResponse(to.encodeResponse(answer, context));
      assertEquals(said(shown), said(answer), name);
    }
    for (const name of ["chat_stream", "chat_stream_tool_call"]) {
      const stream = decode(ollamaChat, fixtureEvents(`ollama/${name}.ndjson`, ollamaChat.framing));
      assertEquals(said(assemble(across(to, stream))), said(assemble(stream)), name);
    }
  });
}
