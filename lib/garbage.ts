/**
 * Collects a thread's garbage, all of it, which stops that thread for some milliseconds for each 10 MB that live.
 * Possible by V8's flags (scripts/v8_flags.ts); without them memory is collected when V8 sees fit, which is later.
 */
export function collectGarbage(): void {
  const gc: unknown = Reflect.get(globalThis, "gc");
  if (typeof gc === "function") gc();
}
