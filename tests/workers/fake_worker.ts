/**
 * A worker that serves nothing and does as it is told by its configuration: `fail` ends before it serves, and `hang`
 * stands still at the first word of its supervisor's after it said that it serves. `late` tells what it counted last
 * before it answers what it had counted earlier; the first one that is told to `grow` says that it has.
 */
import { joinSupervisor, readHello } from "../../lib/workers/place.ts";

const hello = await readHello(Deno.stdin.readable, () => Deno.exit(1));
if (hello.text === "fail") Deno.exit(7);
let text = hello.text;
let next = text;
let asked = 0;
const counted = (requests: number) => ({
  http_requests_total: [{ labels: ["POST", "/", "200"], value: requests }],
});
const channel = await joinSupervisor(hello, {
  snapshot() {
    if (text !== "late") return {};
    asked++;
    if (asked === 1) channel.tell("ended", counted(10));
    return counted(1);
  },
  prepare(text) {
    next = text;
    return text === `bad for ${hello.number}` ? [`worker ${hello.number} cannot use it`] : [];
  },
  commit() {
    text = next;
    if (text === "grow" && hello.speaks) channel.tell("grown", 300 * 1024 ** 2);
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
