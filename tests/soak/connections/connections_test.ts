import { assertEquals } from "@std/assert";
import { Ages } from "./ages.ts";
import { type Held, heldConnections } from "./held.ts";

/** Named by their clients' ports, each with a socket of its own. */
function held(...names: string[]): Held[] {
  return names.map((client) => ({ client, inode: `socket of ${client}` }));
}

Deno.test("a connection was there from the look before the first that found it to the first that found it gone", () => {
  const ages = new Ages(0);
  ages.look(held(), 100);
  ages.look(held("a"), 200);
  ages.look(held("a", "b"), 300);
  assertEquals(ages.longest, 200);
  ages.look(held("b"), 400);
  ages.look(held("b"), 420);
  assertEquals(ages.longest, 300);
  ages.look(held("c"), 600);
  assertEquals(ages.longest, 400);
  // One that comes again is another.
  ages.look(held("a"), 650);
  assertEquals({ longest: ages.longest, most: ages.most }, { longest: 400, most: 2 });
});

Deno.test("a port that is taken again between two looks is another connection, one that was accepted is not", () => {
  const ages = new Ages(0);
  const look = (inode: string, at: number) => ages.look([{ client: "a", inode }], at);
  look("0", 100);
  look("1", 200);
  look("1", 300);
  assertEquals(ages.longest, 300);
  look("2", 400);
  look("2", 600);
  assertEquals(ages.longest, 400);
  // It is taken once more, and accepted only later.
  look("0", 700);
  look("0", 1100);
  assertEquals(ages.longest, 500);
  look("3", 1300);
  assertEquals(ages.longest, 700);
});

Deno.test("a server holds what it has not closed: not what ends without it, nor another's", () => {
  const line = (local: string, client: string, state: string, inode: number): string =>
    `  1: ${local} ${client} ${state} 00000000:00000000 00:00000000 00000000     0        0 ${inode} 1 0 20 4 30 10 -1`;
  const table = [
    "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode",
    line("00000000:1F90", "00000000:0000", "0A", 7),
    line("0200007F:1F90", "0100007F:C001", "01", 8),
    // Not accepted yet; the client has left; closed on one side only.
    line("0200007F:1F90", "0100007F:C002", "01", 0),
    line("0200007F:1F90", "0100007F:C003", "08", 9),
    line("0200007F:1F90", "0100007F:C004", "05", 10),
    // Closed: what is left is the system's.
    line("0200007F:1F90", "0100007F:C005", "04", 0),
    line("0200007F:1F90", "0100007F:C006", "06", 0),
    // To another address, another port, and the client's own end.
    line("0100007F:1F90", "0100007F:C007", "01", 11),
    line("0200007F:1F91", "0100007F:C008", "01", 12),
    line("0100007F:C001", "0200007F:1F90", "01", 13),
  ].join("\n");
  assertEquals(heldConnections(table, "127.0.0.2", 8080), [
    { client: "C001", inode: "8" },
    { client: "C002", inode: "0" },
    { client: "C003", inode: "9" },
    { client: "C004", inode: "10" },
  ]);
});
