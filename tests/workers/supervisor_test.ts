import { assert, assertEquals, assertRejects } from "@std/assert";
import { systemClock } from "../../lib/clock.ts";
import { Logger } from "../../lib/telemetry/logger.ts";
import { LogSink } from "../../lib/telemetry/log_sink.ts";
import { Registry } from "../../lib/telemetry/metrics/registry.ts";
import { LineOutput } from "../../lib/workers/line_output.ts";
import { StartFailure, Supervisor } from "../../lib/workers/supervisor.ts";

const FAKE = new URL("fake_worker.ts", import.meta.url).pathname;

function supervisorOf(text: string, silence?: number) {
  const events: string[] = [];
  const writer = {
    write(bytes: Uint8Array) {
      for (const line of new TextDecoder().decode(bytes).trim().split("\n")) {
        events.push(JSON.parse(line).event);
      }
      return Promise.resolve(bytes.length);
    },
  };
  const supervisor = new Supervisor({
    workers: 2,
    command: [Deno.execPath(), "run", "--allow-all", "--quiet", FAKE],
    hello: { port: 1, metricsPort: null, terminal: false },
    text,
    clock: systemClock,
    logger: new Logger({
      sink: new LogSink({ writer }),
      clock: systemClock,
      level: "DEBUG",
      format: { type: "json", colour: false },
    }),
    output: new LineOutput(writer),
    registry: new Registry(),
    takeSnapshot: () => ({}),
    reload: () => Promise.resolve({ ok: true, warnings: [] }),
    grace: 5_000,
    silence,
  });
  return { supervisor, events };
}

async function eventually(holds: () => boolean, what: string): Promise<void> {
  for (const end = performance.now() + 20_000; !holds();) {
    if (performance.now() > end) throw new Error(`Waited in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

Deno.test("Supervisor.start() fails with the code of a worker that ends before it serves", async () => {
  const { supervisor } = supervisorOf("fail");
  const error = await assertRejects(() => supervisor.start(), StartFailure) as StartFailure;
  assertEquals(error.code, 7);
  await supervisor.shutdown();
});

Deno.test("Supervisor kills a worker that answers nothing, and another takes its place", async () => {
  const { supervisor, events } = supervisorOf("hang", 1_500);
  await supervisor.start();
  const [hanging, other] = supervisor.pids;
  await eventually(() => events.includes("worker.silent"), "the end of its patience");
  await eventually(() => supervisor.pids[0] !== hanging && supervisor.pids.length === 2, "another worker");
  assertEquals(supervisor.pids[1], other);
  assert(events.includes("worker.ended"));
  await supervisor.shutdown();
});

Deno.test("Supervisor.change() changes all workers or none", async () => {
  const { supervisor } = supervisorOf("first");
  await supervisor.start();
  assertEquals(await supervisor.change("bad for 2"), ["worker 2 cannot use it"]);
  assertEquals(await supervisor.change("second"), []);
  const pids = supervisor.pids;
  await supervisor.replaceAll();
  assertEquals(supervisor.pids.some((pid) => pids.includes(pid)), false);
  await supervisor.shutdown();
});

/** The requests that all have counted. */
async function requestsOf(supervisor: Supervisor): Promise<unknown> {
  return (await supervisor.gather())["http_requests_total"]?.map(({ value }) => value);
}

Deno.test("Supervisor: what a worker counted last stays, though an earlier count is read after it", async () => {
  const { supervisor } = supervisorOf("late");
  await supervisor.start();
  assertEquals(await requestsOf(supervisor), [20]);
  assertEquals(await requestsOf(supervisor), [20]);
  await supervisor.shutdown();
});

Deno.test("Supervisor replaces a worker that has grown, once, and no other", async () => {
  const { supervisor, events } = supervisorOf("first");
  await supervisor.start();
  const [grown, other] = supervisor.pids;
  assertEquals(await supervisor.change("grow"), []);
  await eventually(() => events.includes("worker.replaced"), "another worker");
  assertEquals([supervisor.pids[0] === grown, supervisor.pids[1]], [false, other]);
  assertEquals(events.filter((event) => event === "worker.grown").length, 1);
  await supervisor.shutdown();
});
