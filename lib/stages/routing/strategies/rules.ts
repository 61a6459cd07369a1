import type { Exchange } from "../../../telemetry/exchange.ts";
import type { ReasoningWish, RoutingQuestion, Strategy } from "../strategy.ts";

/** A rule, and all that has to hold for it; what is null or empty is not asked. */
export interface RoutingRule {
  readonly model: string;
  readonly reasoning: ReasoningWish;
  readonly headers: Readonly<Record<string, string>>;
  readonly metadata: Readonly<Record<string, string>>;
  readonly keys: readonly string[];
  readonly users: readonly string[];
  readonly categories: readonly string[];
  readonly minTokens: number | null;
  readonly maxTokens: number | null;
  readonly tools: boolean | null;
  readonly images: boolean | null;
}

type Condition = (question: RoutingQuestion) => boolean;

/** The first rule that holds and whose model can do what the request needs. */
export function rulesStrategy(rules: readonly RoutingRule[]): Strategy {
  const compiled = rules.map((rule) => ({ rule, conditions: conditionsOf(rule) }));
  return {
    name: "rules",
    model: null,
    choose(question) {
      for (const [index, { rule, conditions }] of compiled.entries()) {
        const { model, reasoning } = rule;
        if (!question.candidates.some(({ entry }) => entry.name === model)) continue;
        if (!conditions.every((holds) => holds(question))) continue;
        return { model, reason: `rule ${index + 1}`, reasoning };
      }
      return null;
    },
  };
}

function conditionsOf(rule: RoutingRule): Condition[] {
  const { keys, users, categories, minTokens, maxTokens, tools, images } = rule;
  const conditions: Condition[] = [];
  for (const [name, value] of Object.entries(rule.headers)) {
    const matches = matcher(value);
    conditions.push(({ exchange }) => matches(headerOf(exchange, name)));
  }
  for (const [name, value] of Object.entries(rule.metadata)) {
    const matches = matcher(value);
    conditions.push(({ exchange: { metadata } }) =>
      matches(metadata !== null && Object.hasOwn(metadata, name) ? metadata[name] ?? null : null)
    );
  }
  if (keys.length > 0) conditions.push(({ exchange }) => keys.includes(exchange.principal?.keyId ?? ""));
  if (users.length > 0) conditions.push(({ exchange }) => users.includes(exchange.user));
  if (categories.length > 0) conditions.push(({ category }) => categories.includes(category));
  if (minTokens !== null) conditions.push(({ needs }) => needs.tokens >= minTokens);
  if (maxTokens !== null) conditions.push(({ needs }) => needs.tokens <= maxTokens);
  if (tools !== null) conditions.push(({ needs }) => needs.abilities.includes("tools") === tools);
  if (images !== null) conditions.push(({ needs }) => needs.abilities.includes("vision") === images);
  return conditions;
}

function headerOf({ request }: Exchange, name: string): string | null {
  return request?.headers.get(name) ?? null;
}

/** Whether a value is there and like this one, in which `*` stands for any text. */
function matcher(wanted: string): (value: string | null) => boolean {
  const parts = wanted.split("*").map((part) => part.replaceAll(/[\\^$.|?+()[\]{}]/g, "\\$&"));
  if (parts.length === 1) return (value) => value === wanted;
  const pattern = new RegExp(`^${parts.join("[^]*?")}$`, "u");
  return (value) => value !== null && pattern.test(value);
}
