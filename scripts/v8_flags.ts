/**
 * V8's flags for the gateway, as its tasks in `deno.json` have them and as they are frozen into the binary.
 *
 * A gateway makes much short-lived garbage and keeps little. V8's defaults let the young generation grow to 2 × 16 MB
 * and the old one far beyond what lives before it is collected. With these, resident memory after 100,000 requests
 * is about 145 MB in place of 190, and CPU per request is the same within what can be measured.
 *
 * Maglev, the compiler between baseline and TurboFan, makes no difference once a process is warm, and what it works
 * with stays: 18 MB more after 50,000 requests. Without it the first 10,000 cost a third more CPU, once a process.
 *
 * `gc()` is there for a gateway above `server.max_memory` (lib/assembly/overload.ts).
 */
export const V8_FLAGS = "--max-semi-space-size=8,--heap-growing-percent=25,--no-maglev,--expose-gc";
