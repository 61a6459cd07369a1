import type { Config } from "../config/config.ts";
import type { Foundation } from "./foundation.ts";
import type { UpstreamHandler, UpstreamRequest } from "../providers/provider.ts";
import type { Backend } from "../stages/backends/backend.ts";
import { HealthCheck } from "../stages/backends/health_check.ts";
import { jsonBytes } from "../stages/json_request.ts";
import type { ModelTable, Target } from "../stages/model_table.ts";
import { WildcardModels } from "../stages/wildcard_models.ts";
import { ModelRequest } from "../stages/model_request.ts";
import { prepareRequest } from "../stages/upstream/prepare_request.ts";
import { Exchange } from "../telemetry/exchange.ts";
import { CODECS } from "../wire/codecs.ts";
import { openaiChat } from "../wire/openai_chat.ts";

type HealthCheckConfig = NonNullable<Config["providers"][string]["health_check"]>;

interface Checked {
  readonly target: Target;
  readonly backends: Backend[];
}

/** The checks that the configuration asks for; none runs yet. */
export function buildHealthChecks(config: Config, models: ModelTable, foundation: Foundation): HealthCheck[] {
  return Object.entries(config.providers).flatMap(([name, { health_check: check }]) => {
    if (check === null) return [];
    // Nobody can ask a wildcard for a token; its provider's path tells of all that it stands for.
    const wildcards = models instanceof WildcardModels && check.ask === "path" ? models.wildcards : [];
    const targets = [...models.values(), ...wildcards].flatMap(({ targets }) => targets)
      .filter(({ provider }) => provider.name === name);
    return checkedBy(check, targets).map((checked) => healthCheck(name, check, checked, foundation));
  });
}

/** What one check tells of: all models of a provider, or one. */
function checkedBy({ ask }: HealthCheckConfig, targets: readonly Target[]): Checked[] {
  const found = new Map<string, Checked>();
  for (const target of targets) {
    const { backend } = target;
    if (backend === undefined) continue;
    const key = ask === "path" ? "" : target.model;
    const checked = found.get(key) ?? { target, backends: [] };
    if (!checked.backends.includes(backend)) checked.backends.push(backend);
    found.set(key, checked);
  }
  return [...found.values()];
}

function healthCheck(
  name: string,
  { ask, path, interval, timeout, failures, successes }: HealthCheckConfig,
  { target, backends }: Checked,
  { clock, random, telemetry: { logger } }: Foundation,
): HealthCheck {
  const timeouts = { connect: timeout, firstChunk: timeout, betweenChunks: 0, total: timeout };
  const what = ask === "path" ? name : `${name}/${target.model}`;
  return new HealthCheck({
    clock,
    random,
    interval,
    failures,
    successes,
    backends,
    ask(handler: UpstreamHandler) {
      const asked = ask === "path" ? healthRequest(path) : modelRequest(target);
      return target.provider.sendUnrecorded({ ...asked, timeouts }, handler);
    },
    onChange(failure) {
      const fields = { provider: name, ...(ask === "path" ? {} : { model: target.model }) };
      if (failure === null) {
        logger.info(`${what} passes its health check again`, { event: "health_check.passed", ...fields });
      } else {
        for (const backend of backends) backend.failed(`health check: ${failure}`);
        logger.warn(`${what} fails its health check: ${failure}`, {
          event: "health_check.failed",
          ...fields,
        });
      }
    },
  });
}

function healthRequest(path: string | null): UpstreamRequest {
  return {
    operation: "generate",
    format: "health",
    ...(path === null ? {} : { path }),
    method: "GET",
    contentType: null,
    model: "",
    stream: false,
    body: null,
    headers: [],
    query: "",
  };
}

/** One token of an answer, as the provider's own format and quirks have it. */
function modelRequest(target: Target): UpstreamRequest {
  const { model } = target;
  const messages = [{ role: "user", content: "ping" }];
  const request = new ModelRequest(openaiChat, jsonBytes({ model, messages, max_completion_tokens: 1 }));
  const nobodys = new Exchange(0, 0, { finished() {} });
  const { codec, body, query } = prepareRequest(nobodys, request, target, CODECS);
  return { operation: "generate", format: codec.format, model, stream: false, body, headers: [], query };
}
