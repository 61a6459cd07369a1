import { assertEquals } from "@std/assert";
import { Ages } from "./ages.ts";
import { heldConnections } from "./held.ts";

Deno.test("a connection was there from the look before the first that found it to the first that found it gone", () => {
  const ages = new Ages(0);
  ages.look([], 100);
  ages.look(["a"], 200);
  ages.look(["a", "b"], 300);
  assertEquals(ages.longest, 200);
  ages.look(["b"], 400);
  ages.look(["b"], 420);
  assertEquals(ages.longest, 300);
  ages.look(["c"], 600);
  assertEquals(ages.longest, 400);
  // One that comes again is another.
  ages.look(["a"], 650);
  assertEquals({ longest: ages.longest, most: ages.most }, { longest: 400, most: 2 });
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
  assertEquals(heldConnections(table, "127.0.0.2", 8080), ["C001", "C002", "C003", "C004"]);
});
