import { assert, assertEquals, assertThrows } from "@std/assert";
import { GatewayError } from "../../lib/errors.ts";
import { jsonBytes } from "../../lib/stages/json_request.ts";
import { ModelRequest } from "../../lib/stages/model_request.ts";
import { openaiChat } from "../../lib/wire/openai_chat.ts";

function request(text: string): ModelRequest {
  return new ModelRequest(openaiChat, new TextEncoder().encode(text));
}

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

Deno.test("ModelRequest knows model and stream without a parse of the rest", () => {
  const asked = request('{"model":"gpt\\u002d4","stream":true,"messages":"not looked at"}');
  assertEquals([asked.model, asked.stream], ["gpt-4", true]);
  for (const stream of ["false", "null"]) {
    assertEquals(request(`{"model":"m","stream":${stream}}`).stream, false);
  }
  assertEquals(request('{"model":"m"}').stream, false);
});

Deno.test("ModelRequest says what is wrong with a request, and where", () => {
  const cases: [body: string, code: string, param: string | null][] = [
    ["{}", "missing_required_parameter", "model"],
    ['{"model":""}', "invalid_request", "model"],
    ['{"model":7}', "invalid_request", "model"],
    ['{"model":null}', "invalid_request", "model"],
    ['{"model":"m","stream":"yes"}', "invalid_request", "stream"],
    ['{"model":"m","stream":1}', "invalid_request", "stream"],
  ];
  for (const [body, code, param] of cases) {
    const error = assertThrows(() => request(body), GatewayError);
    assertEquals([error.code, error.param, error.status], [code, param, 400], body);
  }
  for (const body of ["", "[]", '"m"', "{broken", '{"model":"m","model":"n"}']) {
    assertEquals(assertThrows(() => request(body), GatewayError).status, 400, body);
  }
});

Deno.test("ModelRequest.field() reads one field, before and after the whole was parsed", () => {
  const asked = request('{"model":"m","store":false,"input":[1,{"a":2}],"n":null}');
  const read = () => ["store", "input", "n", "absent"].map((name) => asked.field(name));
  const expected = [false, [1, { a: 2 }], null, undefined];
  assertEquals(read(), expected);
  assertEquals(Object.keys(asked.json), ["model", "store", "input", "n"]);
  assertEquals(read(), expected);
  assert(asked.json === asked.json, "parsed once");
});

Deno.test("ModelRequest.edited() leaves the request as it was, rewrite() does not", () => {
  const body = '{"model":"m", "a": 1.0,"messages":[{"role":"user","content":"Hi"}]}';
  const asked = request(body);
  const before = asked.canonical;
  assertEquals(text(asked.edited([{ set: "model", value: jsonBytes("n") }])), body.replace('"m"', '"n"'));
  assertEquals([text(asked.bytes), asked.model], [body, "m"]);
  assert(asked.canonical === before, "decoded once");
  asked.rewrite([{ remove: "a" }, { set: "messages", value: jsonBytes([{ role: "user", content: "Ho" }]) }]);
  assertEquals(JSON.parse(text(asked.bytes)), { model: "m", messages: [{ role: "user", content: "Ho" }] });
  assertEquals([asked.field("a"), asked.json["a"]], [undefined, undefined]);
  assertEquals(asked.canonical.messages.length, 1);
  assert(asked.canonical !== before);
});

Deno.test("ModelRequest.canonical tells where a request means nothing", () => {
  const asked = request('{"model":"m","messages":[{"role":"nobody","content":"Hi"}]}');
  const error = assertThrows(() => asked.canonical, GatewayError);
  assertEquals(error.status, 400);
  assert(error.param?.startsWith("messages"), String(error.param));
});

Deno.test("ModelRequest takes model and stream from the path, and puts the model into the body", () => {
  const bytes = new TextEncoder().encode('{ "messages": [], "stream": true }');
  const asked = new ModelRequest(openaiChat, bytes, { model: "deployed" });
  assertEquals([asked.model, asked.stream], ["deployed", true]);
  assertEquals(JSON.parse(text(asked.bytes)), { model: "deployed", messages: [], stream: true });
  const same = new TextEncoder().encode('{"model":"m"}');
  assertEquals(new ModelRequest(openaiChat, same, { model: "m", stream: true }).bytes, same);
});

Deno.test("ModelRequest leaves a body without a model alone where the format has it in the path", () => {
  const codec = { ...openaiChat, modelInPath: true as const };
  const bytes = new TextEncoder().encode('{"messages":[]}');
  const asked = new ModelRequest(codec, bytes, { model: "m", stream: true });
  assertEquals([asked.model, asked.stream, asked.bytes === bytes], ["m", true, true]);
});
