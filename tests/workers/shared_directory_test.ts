import { assertEquals } from "@std/assert";
import { Registry } from "../../lib/telemetry/metrics/registry.ts";
import { takeSnapshot } from "../../lib/telemetry/metrics/snapshot.ts";
import { SharedDirectory } from "../../lib/workers/shared_directory.ts";
import { ManualClock } from "../manual_clock.ts";
import { scrape } from "../telemetry/metrics/scrape.ts";

const COUNT = 'http_requests_total{method="GET",path="/v1/models",status="200"}';

/** One process; its clock is everybody's. */
function member(path: string, clock: ManualClock, troubles: (string | null)[] = []) {
  const registry = new Registry();
  let inFlight = 0;
  registry.read("gateway_in_flight_requests", [], () => inFlight);
  const directory = new SharedDirectory({
    path,
    clock,
    registry,
    takeSnapshot: () => takeSnapshot(registry),
    onTrouble: (reason) => troubles.push(reason),
  });
  return {
    directory,
    count: (amount: number) =>
      registry.counter("http_requests_total", ["GET", "/v1/models", "200"]).add(amount),
    hold: (requests: number) => inFlight = requests,
    async shown() {
      const all = await scrape(await directory.gather());
      return [all.get(COUNT), all.get("gateway_in_flight_requests")];
    },
  };
}

/** Resolves when `read` gives what is expected; files are written behind a timer. */
async function eventually<T>(read: () => Promise<T>, expected: T): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    if (JSON.stringify(await read()) === JSON.stringify(expected)) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  assertEquals(await read(), expected);
}

Deno.test("SharedDirectory: a scrape of any answers for all, and counts those that ended", async () => {
  const path = await Deno.makeTempDir();
  try {
    const clock = new ManualClock();
    const [one, two] = [member(path, clock), member(path, clock)];
    one.count(2);
    two.count(3);
    two.hold(7);
    assertEquals(await one.shown(), [2, 0]);
    clock.advance(1_000);
    await eventually(() => one.shown(), [5, 7]);
    await eventually(() => two.shown(), [5, 7]);
    two.count(1);
    two.hold(1);
    await two.directory.close();
    // Its last word counts, its gauges do not.
    assertEquals(await one.shown(), [6, 0]);
    await one.directory.close();
  } finally {
    await Deno.remove(path, { recursive: true });
  }
});

Deno.test("SharedDirectory: one that was killed has no gauges after a while; its totals stay", async () => {
  const path = await Deno.makeTempDir();
  try {
    const clock = new ManualClock();
    const killed = member(path, clock);
    killed.count(3);
    killed.hold(4);
    await killed.directory.close();
    const [file] = [...Deno.readDirSync(path)].map(({ name }) => `${path}/${name}`);
    const written = JSON.parse(await Deno.readTextFile(file ?? ""));
    await Deno.writeTextFile(file ?? "", JSON.stringify({ ...written, ended: false }));

    const one = member(path, clock);
    assertEquals(await one.shown(), [3, 4]);
    clock.advance(11_000);
    await eventually(() => one.shown(), [3, 0]);
    await Deno.writeTextFile(file ?? "", "{ half a fi");
    assertEquals(await one.shown(), [3, 0]);
    await one.directory.close();
  } finally {
    await Deno.remove(path, { recursive: true });
  }
});

Deno.test("SharedDirectory says once that it cannot write, and counts its own all the same", async () => {
  const path = await Deno.makeTempDir();
  try {
    const clock = new ManualClock();
    const troubles: (string | null)[] = [];
    await Deno.writeTextFile(`${path}/file`, "");
    const one = member(`${path}/file/below`, clock, troubles);
    one.count(1);
    for (let i = 0; i < 3; i++) await one.directory.close();
    assertEquals([troubles.length, await one.shown()], [1, [1, 0]]);
  } finally {
    await Deno.remove(path, { recursive: true });
  }
});
