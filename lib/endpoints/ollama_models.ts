import { GatewayError } from "../errors.ts";
import type { Capability } from "../providers/catalog.ts";
import type { ModelEntry, ModelTable } from "../stages/model_table.ts";
import { mayAsk } from "../stages/model_access.ts";
import { visibleModels } from "./visible_models.ts";
import type { Endpoint, Exchange } from "../telemetry/exchange.ts";
import type { JsonObject } from "../wire/canonical.ts";
import { scanJson } from "../wire/json_scanner.ts";
import { readBody, type ReadBodyOptions } from "./read_body.ts";
import { responseHeaders } from "./response_headers.ts";

/** The release of Ollama whose API the gateway speaks: clients look at it before they use what is newer. */
const VERSION = "0.12.11";

/** Ollama's words for what a model can do. https://docs.ollama.com/api/show */
const CAPABILITIES: Readonly<Partial<Record<Capability, string>>> = {
  tools: "tools",
  vision: "vision",
  reasoning: "thinking",
};

/** What Ollama knows of a model's file and a gateway does not; clients expect the fields. */
const DETAILS: JsonObject = {
  parent_model: "",
  format: "",
  family: "",
  families: [],
  parameter_size: "",
  quantization_level: "",
};

/** `GET /api/tags`: the models that can answer now. https://docs.ollama.com/api/tags */
export function ollamaTags(models: ModelTable): Endpoint {
  const available = [...models.values()].filter((entry) => entry.targets.length > 0);
  const body = JSON.stringify({ models: available.map(listed) });
  return function ollamaTags(exchange) {
    const access = exchange.principal?.access ?? null;
    if (access === null) return Promise.resolve(json(exchange, body));
    const allowed = available.filter((entry) => mayAsk(access, entry));
    return Promise.resolve(json(exchange, JSON.stringify({ models: allowed.map(listed) })));
  };
}

/** `POST /api/show`: one model. https://docs.ollama.com/api/show */
export function ollamaShow(models: ModelTable, options: ReadBodyOptions): Endpoint {
  const find = visibleModels(models);
  return async function ollamaShow(exchange) {
    const scan = scanJson(await readBody(exchange, options));
    // Older clients call it `name`.
    const name = scan.value("model") ?? scan.value("name");
    if (typeof name !== "string" || name === "") {
      throw new GatewayError("missing_required_parameter", "Missing required parameter: 'model'.", {
        param: "model",
      });
    }
    return json(exchange, JSON.stringify(shown(find(exchange, name))));
  };
}

/** `GET /api/version`. https://docs.ollama.com/api-reference/get-version */
export function ollamaVersion(): Endpoint {
  return function ollamaVersion(exchange) {
    return Promise.resolve(json(exchange, JSON.stringify({ version: VERSION })));
  };
}

function listed(entry: ModelEntry): JsonObject {
  return {
    name: entry.name,
    model: entry.name,
    modified_at: timeOf(entry),
    size: 0,
    digest: "",
    details: DETAILS,
  };
}

function shown(entry: ModelEntry): JsonObject {
  const can = entry.targets[0]?.provider.can ?? [];
  return {
    modelfile: "",
    parameters: "",
    template: "",
    details: DETAILS,
    model_info: { "general.architecture": "", "general.basename": entry.name },
    capabilities: ["completion", ...can.flatMap((each) => CAPABILITIES[each] ?? [])],
    modified_at: timeOf(entry),
  };
}

function timeOf(entry: ModelEntry): string {
  return new Date(entry.created * 1000).toISOString();
}

function json(exchange: Exchange, body: string): Response {
  return new Response(body, { headers: responseHeaders(exchange, "application/json", null) });
}
