/**
 * A provider in a process of its own: `main.ts PORT`. The first parts of a path say how it behaves, so that one
 * process is every provider of a configuration: `/paced/CHUNKS/MS/v1/chat/completions`. `GET /counts` says what came.
 */
import { BEHAVIOURS, counts } from "./behaviours.ts";
import { serveCalls } from "./server.ts";

await serveCalls(Number(Deno.args[0]), (call) => {
  if (call.path === "/counts") return call.answer(200, JSON.stringify(counts));
  const [, name = "", ...rest] = call.path.split("/");
  const behaviour = BEHAVIOURS[name];
  if (behaviour === undefined) return call.answer(404, `{"error":{"message":"no behaviour ${name}"}}`);
  counts.requests++;
  return behaviour(call, rest.map(Number));
});
