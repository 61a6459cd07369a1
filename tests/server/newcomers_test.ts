import { assertEquals } from "@std/assert";
import { systemClock } from "../../lib/clock.ts";
import { Newcomers } from "../../lib/server/engines/newcomers.ts";
import { serve } from "../../lib/server/server.ts";
import { eventually, RawClient } from "./raw_client.ts";

class Crowd {
  collections = 0;
  /** The batches of those that are there, the oldest first. */
  readonly #there: number[] = [];
  readonly #newcomers = new Newcomers(() => this.collections++);

  come(count: number): void {
    for (let i = 0; i < count; i++) this.#there.push(this.#newcomers.came());
  }

  oldestGo(count: number): void {
    for (const batch of this.#there.splice(0, count)) this.#newcomers.went(batch);
  }

  youngestGo(count: number): void {
    for (const batch of this.#there.splice(-count)) this.#newcomers.went(batch);
  }
}

Deno.test("Newcomers that stay are collected 64 at a time", () => {
  const crowd = new Crowd();
  crowd.come(64);
  assertEquals(crowd.collections, 0);
  crowd.come(1);
  assertEquals(crowd.collections, 1);
  crowd.come(640);
  assertEquals(crowd.collections, 11);
});

Deno.test("Newcomers that soon go again are not collected", () => {
  const crowd = new Crowd();
  crowd.come(100);
  for (let i = 0; i < 1000; i++) {
    crowd.come(20);
    crowd.youngestGo(20);
  }
  assertEquals(crowd.collections, 1);
});

Deno.test("Newcomers are collected while as many go that have been there for long", () => {
  const crowd = new Crowd();
  crowd.come(640);
  for (let i = 0; i < 640; i++) {
    crowd.come(1);
    crowd.oldestGo(1);
  }
  assertEquals(crowd.collections, 19);
});

Deno.test("serve() has newcomers collected that stay, and none for those that go again", async () => {
  let collections = 0;
  const server = await serve({
    hostname: "127.0.0.1",
    port: 0,
    engine: "connection",
    handler: () => Promise.resolve(new Response()),
    limits: { maxConnections: 100, headerTimeout: 0, idleTimeout: 0 },
    clock: systemClock,
    collectYoung: () => collections++,
    onWarning: () => {},
  });
  const come = async (count: number) => {
    const expected = server.connections() + count;
    const clients = await Promise.all(
      Array.from({ length: count }, () => RawClient.connect(server.address.port)),
    );
    await eventually(() => server.connections() === expected, "the connections");
    return clients;
  };
  try {
    for (const client of await come(64)) client.close();
    await eventually(() => server.connections() === 0, "their end");
    const clients = await come(64);
    assertEquals(collections, 0);
    clients.push(...await come(1));
    assertEquals(collections, 1);
    for (const client of clients) client.close();
  } finally {
    server.abortAll();
    await server.finished;
  }
});
