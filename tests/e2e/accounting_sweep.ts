/** The accounting test's requests on routes that nothing else there asks for: one behaviour a route. */
import type { Behaviour, Plan } from "./accounting_plans.ts";

/** What the gateway answers by itself. Its clients' ids are of nothing that is kept. */
const OWN:
  readonly (readonly [method: string, path: string, status: number, body?: Record<string, unknown>])[] = [
    ["GET", "/v1/models", 200],
    ["GET", "/v1/models/openai", 200],
    ["GET", "/v1beta/models", 200],
    ["GET", "/v1beta/models/openai", 200],
    ["GET", "/api/tags", 200],
    ["GET", "/api/version", 200],
    ["POST", "/api/show", 200, { model: "openai" }],
    ["DELETE", "/v1/responses/{plan}", 404],
    ["POST", "/v1/responses/{plan}/cancel", 404],
    ["GET", "/v1/responses/{plan}/input_items", 404],
    ["GET", "/v1/conversations/{plan}", 404],
    ["POST", "/v1/conversations/{plan}", 404, { metadata: {} }],
    ["DELETE", "/v1/conversations/{plan}", 404],
    ["POST", "/v1/conversations/{plan}/items", 404, { items: [{ role: "user", content: "Hi" }] }],
    ["GET", "/v1/conversations/{plan}/items/item_1", 404],
    ["DELETE", "/v1/conversations/{plan}/items/item_1", 404],
  ];

/** What passes through, of which no tokens are told. */
const PASSED: readonly (readonly [method: string, path: string, body?: Record<string, unknown> | "form"])[] =
  [
    ["POST", "/v1/audio/translations", "form"],
    ["POST", "/v1/images/edits", "form"],
    ["POST", "/v1/images/variations", "form"],
    ["GET", "/v1/files?after={plan}"],
    ["POST", "/v1/files", "form"],
    ["GET", "/v1/files/{plan}"],
    ["GET", "/v1/batches?after={plan}"],
    ["POST", "/v1/batches", { endpoint: "/v1/responses", completion_window: "24h" }],
    ["GET", "/v1/batches/{plan}"],
    ["GET", "/v1/vector_stores?after={plan}"],
    ["POST", "/v1/vector_stores", {}],
    ["GET", "/v1/vector_stores/{plan}"],
    ["POST", "/v1/vector_stores/{plan}", {}],
    ["DELETE", "/v1/vector_stores/{plan}"],
    ["POST", "/v1/vector_stores/{plan}/search", { query: "x" }],
    ["GET", "/v1/vector_stores/{plan}/files"],
    ["POST", "/v1/vector_stores/{plan}/files", {}],
    ["GET", "/v1/vector_stores/{plan}/files/file-1"],
    ["POST", "/v1/vector_stores/{plan}/files/file-1", {}],
    ["DELETE", "/v1/vector_stores/{plan}/files/file-1"],
    ["GET", "/v1/vector_stores/{plan}/files/file-1/content"],
    ["POST", "/v1/vector_stores/{plan}/file_batches", {}],
    ["GET", "/v1/vector_stores/{plan}/file_batches/vsfb_1"],
    ["GET", "/v1/vector_stores/{plan}/file_batches/vsfb_1/files"],
    ["POST", "/v1/vector_stores/{plan}/file_batches/vsfb_1/cancel"],
  ];

function nameOf(plan: Plan): string {
  return `plan-${plan.number}`;
}

function bodyOf(plan: Plan, body: Record<string, unknown> | "form" | undefined): BodyInit | null {
  if (body === undefined) return null;
  if (body !== "form") return JSON.stringify({ ...body, input_file_id: nameOf(plan) });
  const form = new FormData();
  form.append("model", plan.model);
  form.append("purpose", nameOf(plan));
  form.append("file", new File(["x"], "a.bin"));
  return form;
}

export const SWEEP: readonly Behaviour[] = [
  ...OWN.map(([method, path, status, body]): Behaviour => ({
    name: `${method} ${path}`,
    weight: 0.4,
    status,
    tokens: [undefined, undefined],
    request: (url, plan) =>
      new Request(url + path.replace("{plan}", nameOf(plan)), {
        method,
        ...(body !== undefined && { body: JSON.stringify(body) }),
      }),
  })),
  ...PASSED.map(([method, path, body]): Behaviour => ({
    name: `${method} ${path}`,
    weight: 0.4,
    status: 200,
    models: ["openai"],
    tokens: [undefined, undefined],
    request: (url, plan) =>
      new Request(url + path.replace("{plan}", nameOf(plan)), { method, body: bodyOf(plan, body) }),
    serve: (call) => call.answer(200, '{"id":"up","object":"list","data":[]}'),
  })),
  ...["embedContent", "batchEmbedContents", "countTokens"].map((verb): Behaviour => ({
    name: `:${verb}`,
    weight: 0.4,
    status: 200,
    models: ["gemini"],
    tokens: [undefined, undefined],
    request: (url, plan) => {
      const content = { role: "user", parts: [{ text: nameOf(plan) }] };
      const one = { model: "models/x", content };
      const bodies = {
        embedContent: one,
        batchEmbedContents: { requests: [one] },
        countTokens: { contents: [content] },
      };
      return new Request(`${url}/v1beta/models/${plan.model}:${verb}`, {
        method: "POST",
        body: JSON.stringify(bodies[verb as keyof typeof bodies]),
      });
    },
    serve: (call) => call.answer(200, '{"embeddings":[{"values":[0.5]}],"totalTokens":7}'),
  })),
];
