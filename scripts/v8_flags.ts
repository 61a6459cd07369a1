/**
 * V8's flags for the gateway, as its tasks in `deno.json` have them and as they are frozen into the binary.
 *
 * A gateway makes much short-lived garbage and keeps little. V8's default lets the old generation grow far beyond what
 * lives before it is collected; with 25 percent, resident memory stays small. The young one is as large as V8's default
 * (2 × 16 MB): with half of it a request at 32 connections costs 9 to 13 % more CPU, for what is under way is copied
 * twice as often, and resident memory is 10 to 19 MB less. It has that size from the beginning, or a process would grow
 * into it for hundreds of thousands of requests, as if it held ever more; a thread of a store takes 10 MB more by it.
 *
 * Maglev, the compiler between baseline and TurboFan, makes no difference once a process is warm, and what it works
 * with stays: 18 MB more after 50,000 requests. Without it the first 10,000 cost a third more CPU, once a process.
 *
 * Marking what lives is left to threads beside the main one. With tasks for it, V8's default, it also occupies the loop
 * for half of up to a tenth of a second, each time that a heap which grows, as thousands of slow clients make it, has
 * gained a quarter: p99 beside 5,000 slow bodies is 8 to 12 ms without them and 11 to 18 with them, on two processors,
 * at 32 connections at the limit 6.5 ms and 8.3. A request there costs 2 to 6 % less CPU, and after 100,000 of them a
 * process holds 1 to 10 MB more, as what is garbage is found a little later; a binary, which has an older V8, 28 MB more
 * (181 after 152). `--concurrent-marking-max-worker-num=1` is no better.
 *
 * `gc()` is there for a gateway above `server.max_memory` (lib/assembly/overload.ts), and for one that thousands connect
 * to and stay (lib/server/engines/newcomers.ts).
 */
export const V8_FLAGS =
  "--max-semi-space-size=16,--min-semi-space-size=16,--heap-growing-percent=25,--no-maglev,--no-incremental-marking-task,--expose-gc";
