/**
 * A worker that serves nothing and does as it is told by its configuration: `fail` ends before it serves, and `hang`
 * stands still at the first word of its supervisor's after it said that it serves.
 */
import { joinSupervisor, readHello } from "../../lib/workers/place.ts";

const hello = await readHello(Deno.stdin.readable, () => Deno.exit(1));
if (hello.text === "fail") Deno.exit(7);
let text = hello.text;
let next = text;
const channel = await joinSupervisor(hello, {
  snapshot: () => ({}),
  prepare(text) {
    next = text;
    return text === `bad for ${hello.number}` ? [`worker ${hello.number} cannot use it`] : [];
  },
  commit() {
    text = next;
    return null;
  },
  abort: () => Promise.resolve(null),
  drain: () => Deno.exit(0),
  health() {
    if (text !== "hang" || !hello.speaks) return null;
    // deno-lint-ignore no-empty -- that is what hanging is
    for (;;) {}
  },
  reopenLog: () => null,
  show: () => text,
}, () => Deno.exit(1));
await channel.ask("ready", { url: `http://127.0.0.1:${hello.port}`, models: 1 }, 5_000);
