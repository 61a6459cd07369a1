import manifest from "../deno.json" with { type: "json" };

/** The gateway's own version. */
export const VERSION: string = manifest.version;
