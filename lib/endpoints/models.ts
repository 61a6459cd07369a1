import type { Endpoint, Exchange } from "../telemetry/exchange.ts";
import type { ModelEntry, ModelTable } from "../stages/model_table.ts";
import { unknownModel } from "../stages/routing_decision.ts";
import type { JsonObject } from "../wire/canonical.ts";
import { responseHeaders } from "./response_headers.ts";

/** `GET /v1/models`: the models that can answer now, in the dialect of who asks, which the pipeline found out. */
export function listModels(models: ModelTable): Endpoint {
  const available = [...models.values()].filter((entry) => entry.targets.length > 0);
  const openai = JSON.stringify({ object: "list", data: available.map(openaiModel) });
  const anthropic = JSON.stringify({
    data: available.map(anthropicModel),
    has_more: false,
    first_id: available[0]?.name ?? null,
    last_id: available.at(-1)?.name ?? null,
  });
  return function listModels(exchange) {
    return Promise.resolve(json(exchange, exchange.dialect === "anthropic" ? anthropic : openai));
  };
}

/** `GET /v1/models/{id}`. */
export function getModel(models: ModelTable): Endpoint {
  const names = [...models.keys()];
  return function getModel(exchange, params) {
    const id = params["id"] ?? "";
    const entry = models.get(id);
    const anthropic = exchange.dialect === "anthropic";
    if (entry === undefined || entry.targets.length === 0) return Promise.reject(unknownModel(id, names));
    return Promise.resolve(
      json(exchange, JSON.stringify(anthropic ? anthropicModel(entry) : openaiModel(entry))),
    );
  };
}

function openaiModel(entry: ModelEntry): JsonObject {
  return { id: entry.name, object: "model", created: entry.created, owned_by: owner(entry) };
}

function anthropicModel(entry: ModelEntry): JsonObject {
  const created = new Date(entry.created * 1000).toISOString().replace(".000Z", "Z");
  return { type: "model", id: entry.name, display_name: entry.name, created_at: created };
}

function owner(entry: ModelEntry): string {
  return entry.targets[0]?.provider.name ?? "";
}

function json(exchange: Exchange, body: string): Response {
  return new Response(body, { headers: responseHeaders(exchange, "application/json", null) });
}
