// deno-lint-ignore-file no-console -- prints what the test reads
/** A server in a process of its own, for the test that takes its file descriptors. Prints its port, then its warnings. */
import { systemClock } from "../../lib/clock.ts";
import { serve } from "../../lib/server/server.ts";

// As the gateway does. The runtime needs descriptors for the first one, and ends where there is none.
Deno.addSignalListener("SIGTERM", () => Deno.exit());

const server = await serve({
  hostname: "127.0.0.1",
  port: 0,
  handler: () => Promise.resolve(new Response("answer")),
  limits: { maxConnections: 1000, headerTimeout: 60_000, idleTimeout: 60_000 },
  clock: systemClock,
  onWarning: (message) => console.log(message),
});
console.log(server.address.port);
