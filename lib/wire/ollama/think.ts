import type { ChatRequest, JsonValue, ReasoningOptions, WireFormat } from "../canonical.ts";
import { ownFields } from "../extensions.ts";
import { effortOf } from "../reasoning_effort.ts";
import type { Fields } from "../shape.ts";

/** `think`: a boolean, or a level. https://docs.ollama.com/capabilities/thinking */
export function decodeThink(body: Fields, format: WireFormat): ReasoningOptions | undefined {
  const think = body.raw("think");
  if (think === undefined || think === null) return undefined;
  const extensions = { format, fields: { think } };
  if (think === false) return { budgetTokens: 0, extensions };
  // Who thinks here is shown the thoughts.
  if (think === true) return { adaptive: true, summary: "auto", extensions };
  if (typeof think !== "string") body.fail("think", "a boolean, 'low', 'medium' or 'high'");
  return { effort: think, summary: "auto", extensions };
}

/** Models that take a level; all others that think take a boolean, and refuse a level. */
const TAKES_LEVEL = /gpt-?oss/i;
const LEVELS: Readonly<Record<string, string>> = { minimal: "low", xhigh: "high", max: "high" };

/** `think` for the model; undefined where the client did not speak of it. */
export function encodeThink(request: ChatRequest, format: WireFormat): JsonValue | undefined {
  const { reasoning } = request;
  if (reasoning === undefined) return undefined;
  const own = ownFields(format, reasoning.extensions);
  if (own !== undefined) return own.think;
  if (reasoning.effort === "none" || reasoning.budgetTokens === 0) return false;
  const effort = effortOf(reasoning);
  if (effort === undefined && reasoning.adaptive !== true) return undefined;
  return effort !== undefined && TAKES_LEVEL.test(request.model) ? LEVELS[effort] ?? effort : true;
}
