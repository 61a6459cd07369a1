/** The mock's APIs besides generation, as an HTTP server's handler and as a provider in this process. */
import { assert, assertEquals } from "@std/assert";
import { createMockHandler, createMockProvider } from "../../../lib/providers/mock.ts";
import type { UpstreamRequest } from "../../../lib/providers/provider.ts";
import { needsOpenaiSchema, validator } from "../../wire/openai_schema.ts";
import { RecordedAnswer } from "../recorded_answer.ts";

const handler = createMockHandler({});

async function ask(path: string, body?: unknown, method = "POST", words?: string): Promise<Response> {
  const init = body === undefined
    ? { method }
    : { method, body: body instanceof FormData ? body : JSON.stringify(body) };
  const request = new Request(`http://mock/v1${path}`, init);
  if (words !== undefined) request.headers.set("x-mock", words);
  return await handler(request);
}

const DESCRIBED: readonly [path: string, body: Record<string, unknown>, schema: string][] = [
  ["/embeddings", { model: "m", input: "x" }, "CreateEmbeddingResponse"],
  ["/embeddings", { model: "m", input: [[1], [2]], dimensions: 2 }, "CreateEmbeddingResponse"],
  ["/completions", { model: "m", prompt: "x" }, "CreateCompletionResponse"],
  [
    "/completions",
    { model: "m", prompt: ["x", "y"], n: 2, logprobs: 1, echo: true },
    "CreateCompletionResponse",
  ],
  ["/moderations", { input: "x" }, "CreateModerationResponse"],
  ["/moderations", { input: [{ type: "text", text: "violence" }] }, "CreateModerationResponse"],
];

for (const [path, body, schema] of DESCRIBED) {
  Deno.test({
    name: `the mock's ${path} answers ${JSON.stringify(body)} as OpenAI's schema describes`,
    ...needsOpenaiSchema(),
    async fn() {
      const answer = await ask(path, body);
      assertEquals(answer.status, 200);
      assertEquals(validator(schema)(await answer.json()), []);
    },
  });
}

const REFUSED: readonly [path: string, body: unknown, status: number, param: string | null][] = [
  ["/embeddings", { input: "x" }, 400, "model"],
  ["/embeddings", { model: "m" }, 400, "input"],
  ["/embeddings", { model: "m", input: [] }, 400, "input"],
  ["/embeddings", { model: "m", input: "x", dimensions: 0 }, 400, "dimensions"],
  ["/completions", { model: "m" }, 400, "prompt"],
  ["/moderations", {}, 400, "input"],
  ["/rerank", { model: "m", documents: ["x"] }, 400, "query"],
  ["/rerank", { model: "m", query: "x" }, 400, "documents"],
  ["/audio/speech", { model: "m" }, 400, "input"],
  ["/audio/nothing", { model: "m" }, 404, null],
  ["/images/generations", { model: "m" }, 400, "prompt"],
  ["/images/edits", { model: "m", prompt: "x" }, 400, "image"],
  ["/batches", { endpoint: "/v1/x", completion_window: "24h" }, 400, "input_file_id"],
  ["/batches/batch_no/cancel", undefined, 404, "batch_id"],
  ["/files/file-no/content", undefined, 404, null],
];

for (const [path, body, status, param] of REFUSED) {
  Deno.test(`the mock's ${path} refuses ${JSON.stringify(body)}`, async () => {
    const answer = await ask(path, body);
    assertEquals([answer.status, (await answer.json()).error.param], [status, param]);
  });
}

Deno.test("the mock's vectors are the same for the same input, and of length 1", async () => {
  const vectors = async (input: unknown) => {
    const { data } = await (await ask("/embeddings", { model: "m", input, dimensions: 8 })).json();
    return data.map(({ embedding }: { embedding: number[] }) => embedding) as number[][];
  };
  const [a, b] = await vectors(["a", "b"]);
  assertEquals(await vectors("a"), [a]);
  assert(JSON.stringify(a) !== JSON.stringify(b));
  assert(Math.abs(Math.hypot(...a ?? []) - 1) < 1e-6);
});

Deno.test("the mock heeds a behaviour in these APIs, too", async () => {
  const busy = await ask("/embeddings", { model: "m@status=429,retry_after=3", input: "x" });
  assertEquals([busy.status, busy.headers.get("retry-after")], [429, "3"]);
  const form = new FormData();
  form.append("file", new File(["x"], "a.mp3"));
  form.append("model", "m@status=503");
  assertEquals((await ask("/audio/transcriptions", form)).status, 503);
  assertEquals(
    (await ask("/moderations", { input: "x" }, "POST", "html")).headers.get("content-type")?.slice(0, 9),
    "text/html",
  );
  const failing = await ask("/completions", { model: "m@error_event_after=1", prompt: "x", stream: true });
  assert((await failing.text()).includes('"error"'));
});

Deno.test("the mock keeps files from the upload to their deletion", async () => {
  const form = new FormData();
  form.append("purpose", "user_data");
  form.append("file", new File(["hello"], "h.txt"));
  const { id } = await (await ask("/files", form)).json();
  assertEquals(await (await ask(`/files/${id}/content`, undefined, "GET")).text(), "hello");
  assertEquals((await (await ask(`/files/${id}`, undefined, "DELETE")).json()).deleted, true);
  assertEquals((await ask(`/files/${id}`, undefined, "GET")).status, 404);
});

const UPSTREAM: UpstreamRequest = {
  operation: "files",
  format: "files",
  model: "",
  stream: false,
  body: null,
  headers: [],
  query: "",
};

async function* pieces(...texts: readonly string[]): AsyncIterable<Uint8Array> {
  for (const text of texts) yield await Promise.resolve(new TextEncoder().encode(text));
}

Deno.test("the mock in this process takes bodies of all kinds", async () => {
  const provider = createMockProvider("mock");
  const send = async (request: Partial<UpstreamRequest>) => {
    const answer = new RecordedAnswer();
    provider.send({ ...UPSTREAM, ...request }, answer);
    assertEquals(await answer.over, "end");
    return { status: answer.status, json: JSON.parse(answer.text) };
  };
  const form = '--b\r\ncontent-disposition: form-data; name="purpose"\r\n\r\nbatch\r\n' +
    '--b\r\ncontent-disposition: form-data; name="file"; filename="f"\r\n\r\nhello\r\n--b--\r\n';
  const made = await send({
    contentType: "multipart/form-data; boundary=b",
    body: pieces(form.slice(0, 30), form.slice(30)),
  });
  assertEquals([made.json.bytes, made.json.purpose], [5, "batch"]);
  const listed = await send({ method: "GET", contentType: null, query: "?purpose=batch" });
  assertEquals(listed.json.data.map(({ id }: { id: string }) => id), [made.json.id]);
  assertEquals((await send({ method: "GET", subpath: "/file-no" })).status, 404);
  const body = new TextEncoder().encode('{"model":"m","input":"x","dimensions":2}');
  assertEquals((await send({ format: "embeddings", body })).json.data.length, 1);
});

Deno.test("the mock in this process fails where the body breaks off, and stops where it is told to", async () => {
  const provider = createMockProvider("mock");
  // deno-lint-ignore require-yield -- it breaks before anything comes
  async function* broken(): AsyncIterable<Uint8Array> {
    await Promise.resolve();
    throw new Error("broken");
  }
  const answer = new RecordedAnswer();
  provider.send({ ...UPSTREAM, body: broken() }, answer);
  assertEquals(await answer.over, "connection_reset");
  const stopped = new RecordedAnswer();
  provider.send({ ...UPSTREAM, method: "GET" }, stopped).abort();
  await new Promise((resolve) => setTimeout(resolve, 0));
  assertEquals(stopped.calls, []);
});
