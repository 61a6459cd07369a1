import { assertEquals } from "@std/assert";
import {
  echoPreviousResponse,
  echoPreviousResponseInEvent,
} from "../../../lib/stages/upstream/response_echo.ts";
import { type SseEvent, SseParser } from "../../../lib/wire/sse.ts";

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
const bytes = (text: string) => new TextEncoder().encode(text);

function event(stream: string): SseEvent {
  const events: SseEvent[] = [];
  new SseParser((event) => events.push(event)).push(bytes(stream));
  return events[0] as SseEvent;
}

Deno.test("echoPreviousResponse() changes that field and no other byte", () => {
  const rest = `"n": 1.0e5 ,  "model":"\\u0061"`;
  assertEquals(
    text(echoPreviousResponse(bytes(`{"previous_response_id":null, ${rest}}`), "resp_1")),
    `{"previous_response_id":"resp_1", ${rest}}`,
  );
  const added = JSON.parse(text(echoPreviousResponse(bytes(`{${rest}}`), 'resp_"1"')));
  assertEquals(added, { n: 100000, model: "a", previous_response_id: 'resp_"1"' });
});

Deno.test("echoPreviousResponseInEvent() edits the response in an event", () => {
  const created = event(
    'event: response.created\ndata: {"type":"response.created","response":{"id":"r","previous_response_id":null}}\n\n',
  );
  assertEquals(
    text(echoPreviousResponseInEvent("resp_1", created)),
    'event: response.created\ndata: {"type":"response.created","response":{"id":"r","previous_response_id":"resp_1"}}\n\n',
  );
});

Deno.test("echoPreviousResponseInEvent() leaves events without a response as they came", () => {
  const other = event('event:ping\r\ndata:{"type":"ping"}\r\n\r\n');
  assertEquals(
    text(echoPreviousResponseInEvent("resp_1", other)),
    'event:ping\r\ndata:{"type":"ping"}\r\n\r\n',
  );
});
