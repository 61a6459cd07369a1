import { assertEquals, assertRejects } from "@std/assert";
import { AddressBook } from "../../lib/providers/address_book.ts";
import { ManualClock } from "../manual_clock.ts";

const TTL = 30_000;

/** A book of a name whose resolver says what the test sets; an error is what it fails with. */
function setup(answer: readonly string[] | Error, ttl = TTL) {
  const clock = new ManualClock();
  const state = { answer, asked: 0, gone: 0 };
  const book = new AddressBook("provider.test", {
    clock,
    ttl,
    resolve: () => {
      state.asked++;
      return state.answer instanceof Error ? Promise.reject(state.answer) : Promise.resolve(state.answer);
    },
  });
  book.onGone = () => state.gone++;
  return { clock, book, state };
}

Deno.test("AddressBook begins with another address each time", async () => {
  const { book, state } = setup(["10.0.0.1", "10.0.0.2", "10.0.0.3"]);
  const firsts: (string | undefined)[] = [];
  for (let i = 0; i < 6; i++) firsts.push((await book.order())[0]);
  assertEquals(firsts, ["10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.1", "10.0.0.2", "10.0.0.3"]);
  assertEquals(await book.order(), ["10.0.0.1", "10.0.0.2", "10.0.0.3"]);
  assertEquals(state.asked, 1);
});

Deno.test("AddressBook takes the families by turns, the system's preferred one first", async () => {
  const v6First = setup(["fd00::1", "fd00::2", "10.0.0.1"]);
  assertEquals(await v6First.book.order(), ["fd00::1", "10.0.0.1", "fd00::2"]);
  assertEquals(await v6First.book.order(), ["fd00::2", "10.0.0.1", "fd00::1"]);
  const v4First = setup(["10.0.0.1", "fd00::1"]);
  assertEquals(await v4First.book.order(), ["10.0.0.1", "fd00::1"]);
});

Deno.test("AddressBook asks an address that failed last, for a while", async () => {
  const { book, clock } = setup(["10.0.0.1", "10.0.0.2"], Infinity);
  book.failed("10.0.0.1");
  assertEquals(await book.order(), ["10.0.0.2", "10.0.0.1"]);
  assertEquals(await book.order(), ["10.0.0.2", "10.0.0.1"]);
  clock.advance(30_000);
  assertEquals(await book.order(), ["10.0.0.1", "10.0.0.2"]);
});

Deno.test("AddressBook looks up again when the time is over, one look at a time", async () => {
  const { book, clock, state } = setup(["10.0.0.1"]);
  await Promise.all([book.order(), book.order()]);
  assertEquals(state.asked, 1);
  clock.advance(TTL);
  state.answer = ["10.0.0.2"];
  assertEquals(await Promise.all([book.order(), book.order()]), [["10.0.0.2"], ["10.0.0.2"]]);
  assertEquals([state.asked, state.gone], [2, 1]);
  assertEquals([book.has("10.0.0.1"), book.has("10.0.0.2")], [false, true]);
});

Deno.test("AddressBook.touch() looks up beside what goes on, once the time is over", async () => {
  const { book, clock, state } = setup(["10.0.0.1", "10.0.0.2"]);
  book.touch();
  assertEquals(state.asked, 0, "nobody has needed an address yet");
  await book.order();
  book.touch();
  assertEquals(state.asked, 1);
  clock.advance(TTL);
  state.answer = ["10.0.0.1", "10.0.0.2", "10.0.0.3"];
  book.touch();
  await book.order();
  assertEquals([state.asked, state.gone], [2, 0], "more addresses take none away");
});

Deno.test("AddressBook keeps its addresses while the name server fails, and asks again soon", async () => {
  const { book, clock, state } = setup(["10.0.0.1"]);
  await book.order();
  clock.advance(TTL);
  state.answer = Object.assign(new Error("down"), { code: "EAI_AGAIN" });
  assertEquals(await book.order(), ["10.0.0.1"]);
  assertEquals(await book.order(), ["10.0.0.1"]);
  assertEquals([state.asked, state.gone], [2, 0]);
  clock.advance(5_000);
  state.answer = [];
  assertEquals(await book.order(), ["10.0.0.1"], "no address at all is a failure too");
  assertEquals(state.asked, 3);
});

Deno.test("AddressBook fails where there never was an address, and asks again", async () => {
  const { book, state } = setup([]);
  await assertRejects(() => book.order(), Error, "it has no address");
  await assertRejects(() => book.order(), Error);
  assertEquals(state.asked, 2);
});

Deno.test("AddressBook of an address resolves nothing", async () => {
  const resolve = () => Promise.reject(new Error("asked"));
  for (const [host, address] of [["[::1]", "::1"], ["127.0.0.1", "127.0.0.1"]] as const) {
    const book = new AddressBook(host, { resolve, ttl: TTL, clock: new ManualClock() });
    book.touch();
    assertEquals(await book.order(), [address]);
    assertEquals(book.has(address), true);
  }
});

Deno.test("AddressBook knows an IPv6 address in any spelling", async () => {
  const { book } = setup(["2001:db8::1"]);
  await book.order();
  assertEquals(book.has("2001:0db8:0:0:0:0:0:1"), true);
});

Deno.test("AddressBook without a time to live asks for each connection, and gives up none", async () => {
  const { book, state } = setup(["10.0.0.1"], 0);
  await book.order();
  await book.order();
  book.touch();
  assertEquals(state.asked, 2);
  assertEquals(book.has("10.0.0.9"), true);
});
