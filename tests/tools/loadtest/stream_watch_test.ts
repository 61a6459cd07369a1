import { assertEquals } from "@std/assert";
import { StreamWatch } from "../../../lib/tools/loadtest/stream_watch.ts";

interface Row {
  readonly name: string;
  readonly events: readonly string[];
  readonly tokens: number;
  readonly failure: string | null;
}

const ENDLESS = "the stream ended before its end";

const ROWS: readonly Row[] = [
  {
    name: "a chat",
    events: [
      '{"choices":[{"delta":{"role":"assistant","content":""}}]}',
      '{"choices":[{"delta":{"content":"Hel"}}]}',
      '{"choices":[{"delta":{"content":"lo"}}]}',
      '{"choices":[{"delta":{},"finish_reason":"stop"}]}',
      '{"choices":[],"usage":{"completion_tokens":2}}',
      "[DONE]",
    ],
    tokens: 2,
    failure: null,
  },
  {
    name: "a chat of thoughts and a call",
    events: [
      '{"choices":[{"delta":{"reasoning_content":"hm"}}]}',
      '{"choices":[{"delta":{"tool_calls":[{"index":0,"function":{"arguments":"{"}}]}}]}',
      "[DONE]",
    ],
    tokens: 2,
    failure: null,
  },
  {
    name: "a response",
    events: [
      '{"type":"response.created","response":{"error":null}}',
      '{"type":"response.output_text.delta","delta":"Hello"}',
      '{"type":"response.completed","response":{}}',
    ],
    tokens: 1,
    failure: null,
  },
  {
    name: "messages",
    events: [
      '{"type":"message_start"}',
      '{"type":"content_block_delta","delta":{"type":"text_delta","text":"Hello"}}',
      '{"type":"message_delta","delta":{"stop_reason":"end_turn"}}',
      '{"type":"message_stop"}',
    ],
    tokens: 1,
    failure: null,
  },
  {
    name: "one that breaks off",
    events: ['{"choices":[{"delta":{"content":"a"}}]}'],
    tokens: 1,
    failure: ENDLESS,
  },
  {
    name: "one with an error",
    events: ['{"error":{"message":"no"}}', "[DONE]"],
    tokens: 0,
    failure: "an error within the stream",
  },
  {
    name: "one of nonsense",
    events: ["{", "null", '{"choices":7}', '{"choices":[null,{"delta":3}]}'],
    tokens: 0,
    failure: ENDLESS,
  },
];

for (const { name, events, tokens, failure } of ROWS) {
  Deno.test(`StreamWatch sees what there is in ${name}`, () => {
    let now = 0;
    const gaps: number[] = [];
    const watch = new StreamWatch(() => now, (ms) => gaps.push(ms));
    for (const event of events) {
      now += 10;
      watch.push(new TextEncoder().encode(`data: ${event}\n\n`));
    }
    assertEquals(watch.end(), failure);
    assertEquals(watch.tokens, tokens);
    assertEquals(gaps.length, Math.max(0, tokens - 1));
    assertEquals(gaps.every((gap) => gap >= 10), true);
  });
}
