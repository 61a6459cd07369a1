/** Answers under way and who follows them. */
import { assertEquals, assertThrows } from "@std/assert";
import { Flight, type Follower } from "../../../lib/stages/cache/flight.ts";
import type { StreamEvent } from "../../../lib/wire/canonical.ts";

class Reader implements Follower {
  taken = 0;
  readonly events: StreamEvent[] = [];
  readonly errors: unknown[] = [];
  /** How many events it takes at most. */
  appetite = Infinity;

  constructor(private readonly flight: Flight) {}

  onEvents(): void {
    for (; this.taken < this.appetite; this.taken++) {
      const event = this.flight.eventAfter(this.taken);
      if (event === undefined) break;
      this.events.push(event);
    }
    this.flight.caughtUp();
  }

  onFailed(error: unknown): void {
    this.errors.push(error);
  }

  text(): string {
    return this.events.map((event) => event.type === "text_delta" ? event.text : "").join("");
  }
}

function delta(text: string, part = 0): StreamEvent {
  return { type: "text_delta", choice: 0, part, text };
}

Deno.test("a follower that joins late gets all that was said, in as few pieces as may be", () => {
  const flight = new Flight(1000, () => {});
  for (const letter of "abcdef") flight.push([delta(letter)], 1);
  const reader = new Reader(flight);
  flight.join(reader);
  reader.onEvents();
  assertEquals(reader.events, [delta("abcdef")]);
  flight.push([delta("g"), delta("h")], 2);
  assertEquals(reader.events.slice(1), [delta("g"), delta("h")]);
  assertEquals(reader.text(), "abcdefgh");
});

Deno.test("deltas of different texts, and such with log probabilities, stay apart", () => {
  const flight = new Flight(1000, () => {});
  const events: StreamEvent[] = [
    delta("a"),
    delta("b", 1),
    { type: "reasoning_delta", choice: 0, part: 1, text: "c", summaryIndex: 0 },
    { type: "reasoning_delta", choice: 0, part: 1, text: "d", summaryIndex: 1 },
    { ...delta("e"), logprobs: [] } as StreamEvent,
    delta("f"),
    { type: "arguments_delta", choice: 0, part: 0, text: "g" },
  ];
  flight.push(events, 7);
  const reader = new Reader(flight);
  flight.join(reader);
  reader.onEvents();
  assertEquals(reader.events, events);
});

Deno.test("a larger answer is held no longer than its slowest follower needs it", () => {
  let over = 0;
  let drained = 0;
  const flight = new Flight(10, () => over++);
  const [fast, slow] = [new Reader(flight), new Reader(flight)];
  flight.join(fast);
  flight.join(slow);
  flight.onDrain = () => drained++;
  slow.appetite = 1;
  assertEquals(flight.push([delta("12345")], 5), true);
  assertEquals(flight.push([delta("67890")], 5), true);
  assertEquals([flight.push([delta("abcdefgh")], 8), over, flight.overflowed], [false, 1, true]);
  assertEquals(flight.eventAfter(0), undefined);
  slow.appetite = Infinity;
  slow.onEvents();
  assertEquals([drained, slow.text(), fast.text()], [1, "1234567890abcdefgh", "1234567890abcdefgh"]);
  // Who leaves is waited for no more.
  slow.appetite = 0;
  assertEquals(flight.push([delta("x".repeat(11))], 11), false);
  flight.leave(slow);
  assertEquals(drained, 2);
  assertEquals(flight.push([delta("y")], 1), true);
});

Deno.test("a flight that failed tells those who follow, once, and takes nobody any more", () => {
  const flight = new Flight(10, () => {});
  const reader = new Reader(flight);
  flight.join(reader);
  flight.fail("why");
  flight.fail("again");
  assertEquals([reader.errors, flight.followers], [["why"], 0]);
  let thrown: unknown = null;
  try {
    flight.join(new Reader(flight));
  } catch (error) {
    thrown = error;
  }
  assertEquals(thrown, "why");
  assertThrows(
    () => {
      const failed = new Flight(1, () => {});
      failed.fail(new Error("x"));
      failed.join(reader);
    },
    Error,
    "x",
  );
});
