import type { Config } from "../config/config.ts";
import { DNS_TTL, systemResolve } from "../providers/address_book.ts";
import { OutboundPost } from "../providers/outbound_post.ts";
import { MOST_BYTES, Services } from "../stages/post_json.ts";
import type { Foundation } from "./foundation.ts";

/**
 * Services that guardrails ask: Presidio, webhooks. They stand in the operator's own network as a rule, so their hosts
 * may have any address but those that nobody's may, such as clouds' metadata.
 */
export function openServices(config: Config, { clock, deadlines }: Foundation): Services {
  const { proxies: { https, http, none }, server } = config;
  return new Services((url) =>
    new OutboundPost({
      url,
      headers: {},
      timeout: 0,
      deadlines,
      dns: { resolve: systemResolve, ttl: DNS_TTL, clock, policy: "any" },
      proxyEnvironment: { httpsProxy: https.reveal(), httpProxy: http.reveal(), noProxy: none },
      ca: null,
      // Each is asked for a request, and there are no more than that.
      maxConnections: server.max_in_flight,
      maxAnswer: MOST_BYTES,
    })
  );
}
