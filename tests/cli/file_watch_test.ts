import { assertEquals } from "@std/assert";
import { watchFile } from "../../lib/cli/file_watch.ts";
import { ManualClock } from "../manual_clock.ts";

function setup(first: string) {
  const clock = new ManualClock();
  const state = { text: first as string | null, changes: 0 };
  const read = () => state.text === null ? Promise.reject(new Error("gone")) : Promise.resolve(state.text);
  const stop = watchFile("config.yaml", read, clock, () => state.changes++);
  const pass = async (intervals: number) => {
    for (let i = 0; i < intervals; i++) {
      clock.advance(1_000);
      for (let turn = 0; turn < 5; turn++) await Promise.resolve();
    }
  };
  return { state, pass, stop };
}

Deno.test("watchFile() tells of a change once, when the text has stayed the same for an interval", async () => {
  const { state, pass, stop } = setup("a");
  await pass(3);
  assertEquals(state.changes, 0);
  state.text = "half";
  await pass(1);
  state.text = "whole";
  await pass(1);
  assertEquals(state.changes, 0);
  await pass(5);
  assertEquals(state.changes, 1);
  state.text = "a";
  await pass(2);
  assertEquals(state.changes, 2);
  stop();
  state.text = "b";
  await pass(3);
  assertEquals(state.changes, 2);
});

Deno.test("watchFile() does not take a file that is away for one that has changed", async () => {
  const { state, pass, stop } = setup("a");
  await pass(2);
  state.text = null;
  await pass(3);
  state.text = "a";
  await pass(3);
  assertEquals(state.changes, 0);
  state.text = "b";
  await pass(2);
  assertEquals(state.changes, 1);
  stop();
});
