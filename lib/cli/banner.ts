import type { Config } from "../config/config.ts";
import { availableModels, conversationsLine, tracesLine, unavailableLines } from "./summary.ts";

/** What a person sees when the gateway has started on a terminal. */
export function banner(config: Config, version: string, url: string, path: string): string[] {
  const models = availableModels(config);
  const { metrics } = config.observability;
  return [
    "",
    `llm-gateway ${version} serves ${url}`,
    "",
    `  config       ${path}`,
    `  models       ${models.length > 0 ? models.join(", ") : "none"}`,
    ...unavailableLines(config).map((line, index) =>
      `  ${index === 0 ? "unavailable" : "           "}  ${line}`
    ),
    `  metrics      ${metrics.enabled ? `${url}${metrics.path}` : "off"}`,
    `  traces       ${tracesLine(config)}`,
    `  stored       ${conversationsLine(config)}`,
    "",
    ...firstCall(config, url, models),
  ];
}

function firstCall(config: Config, url: string, [model]: readonly string[]): string[] {
  if (model === undefined) return [];
  const key = config.auth.keys.length === 0 ? "" : ` -H "authorization: Bearer $KEY"`;
  return [`  curl ${url}/v1/responses${key} -d '${JSON.stringify({ model, input: "Hello, world!" })}'`, ""];
}
