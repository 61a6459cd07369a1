/**
 * A provider in a process of its own: `main.ts PORT`. The first parts of a path say how it behaves, so that one
 * process is every provider of a configuration: `/paced/CHUNKS/MS/v1/chat/completions`. `GET /counts` says what came.
 */
import { BEHAVIOURS } from "./behaviours.ts";
import { counts } from "./counts.ts";
import { serveCalls } from "./server.ts";

await serveCalls({
  port: Number(Deno.args[0]),
  onConnection: (change) => counts.connections += change,
  handle(call) {
    if (call.path === "/counts") return call.answer(200, JSON.stringify(counts)).then(() => call.end());
    const [, name = "", ...rest] = call.path.split("/");
    const behaviour = BEHAVIOURS[name];
    if (behaviour === undefined) return call.answer(404, `{"error":{"message":"no behaviour ${name}"}}`);
    counts.requests++;
    return behaviour(call, rest.map(Number));
  },
});
