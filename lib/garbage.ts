/**
 * Collections of a thread's garbage when it suits. Possible by V8's flags (scripts/v8_flags.ts); without them memory is
 * collected when V8 sees fit, which is later.
 */

/** All of it, which stops the thread for some milliseconds for each 10 MB that live. */
export function collectGarbage(): void {
  collect({ type: "major" });
}

/** What was made of late, which stops the thread for about a millisecond for each 1 MB of it that lives. */
export function collectYoung(): void {
  collect({ type: "minor" });
}

function collect(options: { readonly type: "major" | "minor" }): void {
  const gc: unknown = Reflect.get(globalThis, "gc");
  if (typeof gc === "function") gc(options);
}
