import type { Exchange } from "../exchange.ts";
import type { CustomAttribute } from "../names/custom_attributes.ts";

/** The value of a configured attribute; null where the request has none. */
export function customValue(exchange: Exchange, attribute: CustomAttribute): string | null {
  switch (attribute.from) {
    case "value":
      return attribute.value;
    case "header":
      return headerValue(exchange.headerAttributes, attribute.name);
    case "metadata":
      return exchange.metadata?.[attribute.key] ?? null;
    case "key_tag":
      return exchange.principal?.tags[attribute.tag] ?? null;
  }
}

function headerValue(pairs: readonly string[] | null, name: string): string | null {
  if (pairs === null) return null;
  for (let i = 0; i + 1 < pairs.length; i += 2) {
    if (pairs[i] === name) return pairs[i + 1] ?? null;
  }
  return null;
}
