/**
 * Every answer and every event on OpenAI's paths is OpenAI's by its own schemas: one row a route that the gateway has
 * there, each asked on providers of every kind; a route without a row fails.
 */
import { assert, assertEquals } from "@std/assert";
import { SseParser } from "../../lib/wire/sse.ts";
import { SdkGateway, UPSTREAMS } from "../sdk/gateway.ts";
import { apiRoutes } from "./api_routes.ts";
import { needsOpenaiSchema, validator } from "../wire/openai_schema.ts";

const TOOL = { name: "weather", description: "The weather.", parameters: { type: "object", properties: {} } };
const SCHEMA = { type: "object", properties: { a: { type: "string" } }, required: ["a"] };
const ITEMS = [{ role: "user", content: "Hi" }, { role: "assistant", content: "Hello" }];

/** What a route is asked. `{name}` in a path is what an earlier answer gave. */
interface Row {
  /** Schemas of a whole answer and of an event; null: OpenAI describes none, and `why` says what it is instead. */
  readonly schema: string | null;
  readonly event?: string;
  readonly why?: string;
  readonly bodies?: readonly Record<string, unknown>[];
  /** Asked once on each provider, for the model `model-PROVIDER`; absent: once, of a provider that has it all. */
  readonly everywhere?: true;
}

const NOT_DESCRIBED = "passes through as the provider says it, and the shared description leaves it out";

/** In an order in which each finds what it is about. */
const ROWS: Readonly<Record<string, Row>> = {
  "POST /v1/chat/completions": {
    schema: "CreateChatCompletionResponse",
    event: "CreateChatCompletionStreamResponse",
    everywhere: true,
    bodies: [
      {},
      { tools: [{ type: "function", function: TOOL }], tool_choice: "required" },
      { response_format: { type: "json_schema", json_schema: { name: "a", schema: SCHEMA } } },
      { reasoning_effort: "low", stream_options: { include_usage: true } },
      { logprobs: true, top_logprobs: 2, n: 2 },
    ].map((fields) => ({ messages: [{ role: "user", content: "Hi" }], ...fields })),
  },
  "POST /v1/responses": {
    schema: "Response",
    event: "ResponseStreamEvent",
    everywhere: true,
    bodies: [
      {},
      { tools: [{ type: "function", ...TOOL }], tool_choice: "required" },
      { text: { format: { type: "json_schema", name: "a", schema: SCHEMA } } },
      { reasoning: { effort: "low", summary: "auto" }, include: ["reasoning.encrypted_content"] },
      { instructions: "Be brief.", metadata: { a: "b" }, top_logprobs: 2 },
    ].map((fields) => ({ input: "Hi", ...fields })),
  },
  "POST /v1/responses/input_tokens": {
    schema: "TokenCountsResource",
    everywhere: true,
    bodies: [{ input: "Hi" }, { input: ITEMS }],
  },
  "GET /v1/responses/{id}": { schema: "Response" },
  "GET /v1/responses/{id}/input_items": { schema: "ResponseItemList" },
  "POST /v1/responses/{id}/cancel": { schema: "Response" },
  "DELETE /v1/responses/{id}": {
    schema: null,
    why: '{"id", "object": "response", "deleted"}, in prose alone',
  },
  "POST /v1/conversations": { schema: "ConversationResource", bodies: [{}, { items: ITEMS }] },
  "GET /v1/conversations/{id}": { schema: "ConversationResource" },
  "POST /v1/conversations/{id}": { schema: "ConversationResource", bodies: [{ metadata: { a: "b" } }] },
  "POST /v1/conversations/{id}/items": { schema: "ConversationItemList", bodies: [{ items: ITEMS }] },
  "GET /v1/conversations/{id}/items": { schema: "ConversationItemList" },
  "GET /v1/conversations/{id}/items/{item_id}": { schema: "ConversationItem" },
  "DELETE /v1/conversations/{id}/items/{item_id}": { schema: "ConversationResource" },
  "DELETE /v1/conversations/{id}": { schema: "DeletedConversationResource" },
  "GET /v1/models": { schema: "ListModelsResponse" },
  "GET /v1/models/{id+}": { schema: "Model" },
  "POST /v1/embeddings": {
    schema: "CreateEmbeddingResponse",
    bodies: [{ input: "Hi" }, { input: ["a", "b"], encoding_format: "float" }],
  },
  "POST /v1/completions": {
    schema: "CreateCompletionResponse",
    event: "CreateCompletionResponse",
    everywhere: true,
    bodies: [{ prompt: "Hi" }, { prompt: "Hi", logprobs: 1, echo: true }],
  },
  "POST /v1/moderations": { schema: "CreateModerationResponse", bodies: [{ input: "Hi" }] },
  "POST /v1/rerank": { schema: null, why: "Cohere's, which OpenAI has not" },
  ...Object.fromEntries(
    [
      ...["POST /v1/audio/speech", "POST /v1/audio/transcriptions", "POST /v1/audio/translations"],
      ...["POST /v1/images/generations", "POST /v1/images/edits", "POST /v1/images/variations"],
      ...["GET /v1/files", "POST /v1/files", "GET /v1/files/{file_id}", "DELETE /v1/files/{file_id}"],
      ...["GET /v1/files/{file_id}/content", "GET /v1/batches", "POST /v1/batches"],
      ...["GET /v1/batches/{batch_id}", "POST /v1/batches/{batch_id}/cancel"],
      ...["GET", "POST"].flatMap((method) => [
        `${method} /v1/vector_stores`,
        `${method} /v1/vector_stores/{vector_store_id}`,
        `${method} /v1/vector_stores/{vector_store_id}/files`,
        `${method} /v1/vector_stores/{vector_store_id}/files/{file_id}`,
      ]),
      "DELETE /v1/vector_stores/{vector_store_id}",
      "DELETE /v1/vector_stores/{vector_store_id}/files/{file_id}",
      "GET /v1/vector_stores/{vector_store_id}/files/{file_id}/content",
      "POST /v1/vector_stores/{vector_store_id}/search",
      "POST /v1/vector_stores/{vector_store_id}/file_batches",
      "GET /v1/vector_stores/{vector_store_id}/file_batches/{batch_id}",
      "GET /v1/vector_stores/{vector_store_id}/file_batches/{batch_id}/files",
      "POST /v1/vector_stores/{vector_store_id}/file_batches/{batch_id}/cancel",
    ].map((route) => [route, { schema: null, why: NOT_DESCRIBED }]),
  ),
};

Deno.test("OpenAI's schemas: every route on OpenAI's paths has a row, and no row is without a route", () => {
  const routes = apiRoutes().filter(({ dialect = "openai" }) => dialect === "openai")
    .filter(({ path }) => path.startsWith("/v1/"));
  const names = routes.map(({ method, path }) => `${method} ${path}`);
  assertEquals([...new Set(names)].sort(), Object.keys(ROWS).sort());
  for (const [route, { schema, why }] of Object.entries(ROWS)) assert(schema !== null || why, route);
});

Deno.test({
  name: "OpenAI's schemas: every answer and event on OpenAI's paths is valid, whoever answers",
  ...needsOpenaiSchema(),
  async fn(step) {
    await using setup = await SdkGateway.start();
    const known = new Map<string, string>([["{id+}", "model-openai"]]);
    for (const [route, row] of Object.entries(ROWS)) {
      if (row.schema === null) continue;
      await step.step(route, async () => {
        for (const upstream of row.everywhere ? UPSTREAMS : ["openai"] as const) {
          for (const body of row.bodies ?? [null]) await ask(setup, route, row, body, upstream, known);
        }
      });
    }
  },
});

async function ask(
  setup: SdkGateway,
  route: string,
  { schema, event }: Row,
  body: Record<string, unknown> | null,
  upstream: string,
  known: Map<string, string>,
): Promise<void> {
  const [method = "", template = ""] = route.split(" ");
  const path = template.replaceAll(/\{[^}]+\}/g, (name) => {
    const own = name === "{id}" && template.includes("/conversations") ? "{conversation}" : name;
    return known.get(own) ?? name;
  });
  const named = template.includes("/conversations") ? {} : { model: `model-${upstream}` };
  const asked = { ...named, ...body };
  const send = (fields: Record<string, unknown>) =>
    fetch(setup.url + path, {
      method,
      ...(body !== null && { body: JSON.stringify(fields) }),
    });
  // Only what runs in the background can be cancelled.
  if (template.endsWith("/cancel")) known.set("{id}", await backgroundRun(setup));
  const response = template.endsWith("/cancel")
    ? await fetch(setup.url + template.replace("{id}", known.get("{id}") ?? ""), { method })
    : await send(asked);
  const json = await response.json();
  const where = `${route} ${JSON.stringify(asked)}: ${JSON.stringify(json)}`;
  assertEquals(response.status, 200, where);
  assertEquals(validator(schema ?? "")(json), [], where);
  remember(template, json, known);
  if (event === undefined) return;
  const streamed = await send({ ...asked, stream: true });
  assertEquals(streamed.status, 200);
  const events = await eventsOf(streamed);
  assert(events.length > 2, where);
  for (const each of events) {
    const whole = event === schema ? asWhole(each as Completion) : each;
    assertEquals(validator(event)(whole), [], `${route}: ${JSON.stringify(each)}`);
  }
}

interface Completion {
  readonly choices: readonly Record<string, unknown>[];
  readonly usage: unknown;
}

/**
 * Of a stream of completions OpenAI describes the whole answer alone. Its own events (openai-http/completion-streaming)
 * say null where nothing is to be said yet.
 */
function asWhole({ usage, ...chunk }: Completion): unknown {
  const choices = chunk.choices.map((choice) => ({
    ...choice,
    finish_reason: choice["finish_reason"] ?? "stop",
  }));
  return { ...chunk, choices, ...(usage !== null && { usage }) };
}

async function backgroundRun(setup: SdkGateway): Promise<string> {
  const response = await fetch(`${setup.url}/v1/responses`, {
    method: "POST",
    body: JSON.stringify({ model: "slow-openai", input: "Hi", background: true, stream: false }),
  });
  const json = await response.json();
  assertEquals(validator("Response")(json), []);
  return json.id;
}

/** What later rows are about. */
function remember(template: string, json: Record<string, unknown>, known: Map<string, string>): void {
  if (template === "/v1/responses") known.set("{id}", String(json.id));
  if (template === "/v1/conversations") known.set("{conversation}", String(json.id));
  const { data } = json;
  if (template.endsWith("/items") && Array.isArray(data)) known.set("{item_id}", data[0].id);
}

async function eventsOf(response: Response): Promise<unknown[]> {
  const events: unknown[] = [];
  const parser = new SseParser((event) => {
    if (event.data !== "" && event.data !== "[DONE]") events.push(JSON.parse(event.data));
  });
  parser.push(new Uint8Array(await response.arrayBuffer()));
  parser.end();
  return events;
}
