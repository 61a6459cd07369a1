import { assertEquals } from "@std/assert";
import { echoInEvent, echoInResponse } from "../../../lib/stages/upstream/response_echo.ts";
import { type SseEvent, SseParser } from "../../../lib/wire/sse.ts";

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
const bytes = (text: string) => new TextEncoder().encode(text);

function event(stream: string): SseEvent {
  const events: SseEvent[] = [];
  new SseParser((event) => events.push(event)).push(bytes(stream));
  return events[0] as SseEvent;
}

Deno.test("echoInResponse() changes the fields and no other byte", () => {
  const rest = `"n": 1.0e5 ,  "model":"\\u0061"`;
  assertEquals(
    text(echoInResponse(bytes(`{"previous_response_id":null, ${rest}}`), { previous_response_id: "resp_1" })),
    `{"previous_response_id":"resp_1", ${rest}}`,
  );
  const echo = { previous_response_id: 'resp_"1"', conversation: { id: "conv_1" } };
  const added = JSON.parse(text(echoInResponse(bytes(`{${rest}}`), echo)));
  assertEquals(added, { n: 100000, model: "a", ...echo });
});

Deno.test("echoInEvent() edits the response in an event", () => {
  const created = event(
    'event: response.created\ndata: {"type":"response.created","response":{"id":"r","previous_response_id":null}}\n\n',
  );
  assertEquals(
    text(echoInEvent(created, { previous_response_id: "resp_1" })),
    'event: response.created\ndata: {"type":"response.created","response":{"id":"r","previous_response_id":"resp_1"}}\n\n',
  );
});

Deno.test("echoInEvent() leaves events without a response as they came", () => {
  const other = event('event:ping\r\ndata:{"type":"ping"}\r\n\r\n');
  assertEquals(
    text(echoInEvent(other, { previous_response_id: "resp_1" })),
    'event:ping\r\ndata:{"type":"ping"}\r\n\r\n',
  );
});
