import type { Exchange, StageFacts, StageName } from "../telemetry/exchange.ts";
import { printable } from "./printable.ts";

/**
 * Tells the client what the stages decided, by vLLM Semantic Router's names: of an answer that is well what was
 * chosen for it, or that it was kept; of a refusal which guardrail refused it.
 * @see https://vllm-semantic-router.com/docs/troubleshooting/vsr-headers
 */
export function setSemanticRouterHeaders(headers: Headers, exchange: Exchange, status: number): void {
  if (exchange.securityAction === "blocked") return setRefusal(headers, exchange);
  if (status < 200 || status > 299) return;
  if (exchange.cache === "hit" || exchange.cache === "semantic_hit") {
    headers.set("x-vsr-cache-hit", "true");
    return;
  }
  const decision = factsOf(exchange, "routing_decision");
  if (decision === null) return;
  if (exchange.category !== "") headers.set("x-vsr-selected-category", printable(exchange.category));
  if (decision.reasoningEnabled !== null) {
    headers.set("x-vsr-selected-reasoning", decision.reasoningEnabled ? "on" : "off");
  }
  headers.set("x-vsr-selected-model", printable(decision.selectedModel));
  const injected = factsOf(exchange, "system_prompt_injection") !== null;
  headers.set("x-vsr-injected-system-prompt", String(injected));
}

function setRefusal(headers: Headers, exchange: Exchange): void {
  if (factsOf(exchange, "pii_detection")?.action === "blocked") headers.set("x-vsr-pii-violation", "true");
  const attack = factsOf(exchange, "jailbreak_detection");
  if (attack?.action !== "blocked") return;
  headers.set("x-vsr-jailbreak-blocked", "true");
  headers.set("x-vsr-jailbreak-type", printable(attack.type));
  headers.set("x-vsr-jailbreak-confidence", attack.score.toFixed(4));
}

/** What a stage found out; null where it did not run or found nothing out. */
function factsOf<Name extends StageName>(exchange: Exchange, stage: Name): StageFacts[Name] | null {
  const run = exchange.stageRuns.findLast((it) => it.stage === stage);
  return (run?.facts ?? null) as StageFacts[Name] | null;
}
