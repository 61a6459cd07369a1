// deno-lint-ignore-file no-console -- prints what the scenario reads
/**
 * Watches the connections to an address and port until its standard input ends. Prints a line when it begins, and what
 * it has seen as JSON when it ends.
 */
import { Ages } from "./ages.ts";
import { heldConnections } from "./held.ts";
import type { Seen } from "./watch.ts";

const EVERY_MS = 250;

const [address = "", port = ""] = Deno.args;
const ages = new Ages(performance.now());
setInterval(() => {
  const table = Deno.readTextFileSync("/proc/net/tcp");
  ages.look(heldConnections(table, address, Number(port)), performance.now());
}, EVERY_MS);
console.log("watching");

await Array.fromAsync(Deno.stdin.readable);
const { most, longest } = ages;
console.log(JSON.stringify({ most, longest } satisfies Seen));
Deno.exit();
