/** Services as guardrails ask them, of which only the resolver is the test's. */
import { systemClock } from "../../lib/clock.ts";
import { Deadlines } from "../../lib/deadlines.ts";
import { OutboundPost } from "../../lib/providers/outbound_post.ts";
import { MOST_BYTES, Services } from "../../lib/stages/post_json.ts";

const DEADLINES = new Deadlines(systemClock);

/** @param addresses of every name. */
export function servicesAt(...addresses: string[]): Services {
  return new Services((url) =>
    new OutboundPost({
      url,
      headers: {},
      timeout: 0,
      deadlines: DEADLINES,
      dns: { resolve: () => Promise.resolve(addresses), ttl: 0, clock: systemClock, policy: "any" },
      proxyEnvironment: {},
      ca: null,
      maxConnections: 8,
      maxAnswer: MOST_BYTES,
    })
  );
}
