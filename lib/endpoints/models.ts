import type { Dialect, Endpoint, Exchange } from "../telemetry/exchange.ts";
import type { ModelEntry, ModelTable } from "../stages/model_table.ts";
import { mayAsk } from "../stages/model_access.ts";
import { visibleModels } from "./visible_models.ts";
import type { JsonObject } from "../wire/canonical.ts";
import { responseHeaders } from "./response_headers.ts";

type Shape = (entry: ModelEntry) => JsonObject;

/** How a family shows a model, and a list of them. */
interface Shapes {
  readonly one: Shape;
  readonly all: (entries: readonly ModelEntry[]) => JsonObject;
}

const OPENAI: Shapes = {
  one: openaiModel,
  all: (entries) => ({ object: "list", data: entries.map(openaiModel) }),
};

const SHAPES: Readonly<Record<Dialect, Shapes>> = {
  openai: OPENAI,
  anthropic: {
    one: anthropicModel,
    all: (entries) => ({
      data: entries.map(anthropicModel),
      has_more: false,
      first_id: entries[0]?.name ?? null,
      last_id: entries.at(-1)?.name ?? null,
    }),
  },
  google: { one: googleModel, all: (entries) => ({ models: entries.map(googleModel) }) },
  // Its own list is `/api/tags`; what it has under `/v1` is OpenAI's.
  ollama: OPENAI,
  cohere: OPENAI,
};

/** `GET /v1/models`: the models that can answer now, in the dialect of who asks, which the pipeline found out. */
export function listModels(models: ModelTable): Endpoint {
  const available = [...models.values()].filter((entry) => entry.targets.length > 0);
  const lists = new Map(
    Object.entries(SHAPES).map(([dialect, { all }]) => [dialect, JSON.stringify(all(available))]),
  );
  return function listModels(exchange) {
    const access = exchange.principal?.access ?? null;
    const list = access === null
      ? lists.get(exchange.dialect) ?? ""
      : JSON.stringify(SHAPES[exchange.dialect].all(available.filter((entry) => mayAsk(access, entry))));
    return Promise.resolve(json(exchange, list));
  };
}

/** `GET /v1/models/{id}`. */
export function getModel(models: ModelTable): Endpoint {
  const find = visibleModels(models);
  // deno-lint-ignore require-await -- so that what is thrown rejects
  return async function getModel(exchange, params) {
    const entry = find(exchange, params["id"] ?? "");
    return json(exchange, JSON.stringify(SHAPES[exchange.dialect].one(entry)));
  };
}

function openaiModel(entry: ModelEntry): JsonObject {
  return { id: entry.name, object: "model", created: entry.created, owned_by: owner(entry) };
}

function anthropicModel(entry: ModelEntry): JsonObject {
  const created = new Date(entry.created * 1000).toISOString().replace(".000Z", "Z");
  return { type: "model", id: entry.name, display_name: entry.name, created_at: created };
}

/** @see https://ai.google.dev/api/models */
function googleModel(entry: ModelEntry): JsonObject {
  return {
    name: `models/${entry.name}`,
    baseModelId: entry.name,
    displayName: entry.name,
    supportedGenerationMethods: ["generateContent"],
  };
}

function owner(entry: ModelEntry): string {
  return entry.owner ?? entry.targets[0]?.provider.name ?? "";
}

function json(exchange: Exchange, body: string): Response {
  return new Response(body, { headers: responseHeaders(exchange, "application/json", null) });
}
