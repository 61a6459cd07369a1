import { assertEquals } from "@std/assert";
import { Newcomers } from "../../lib/server/engines/newcomers.ts";

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
