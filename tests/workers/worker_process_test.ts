import { assertEquals } from "@std/assert";
import { Channel } from "../../lib/workers/channel.ts";
import { LineOutput } from "../../lib/workers/line_output.ts";
import type { Hello, SupervisorMethods, WorkerMethods } from "../../lib/workers/protocol.ts";
import { WorkerProcess } from "../../lib/workers/worker_process.ts";

const HELLO: Hello = {
  number: 1,
  workers: 1,
  supervisor: 0,
  token: "",
  text: "",
  port: 0,
  metricsPort: null,
  speaks: false,
  terminal: false,
};
const COUNTED = { http_requests_total: [{ labels: ["POST", "/", "200"], value: 10 }] };

Deno.test("WorkerProcess ends when all that it said is read, and not when its process is gone", async () => {
  const output = new LineOutput({ write: (bytes) => Promise.resolve(bytes.length) });
  const worker = new WorkerProcess([Deno.execPath(), "--version"], HELLO, output);
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const [near, far] = await Promise.all([
    listener.accept(),
    Deno.connect({ hostname: "127.0.0.1", port: listener.addr.port }),
  ]);
  listener.close();
  const ended = (own: typeof COUNTED) => {
    worker.countedLast(own);
    return null;
  };
  const methods = { ended } as unknown as SupervisorMethods;
  worker.joined(new Channel<SupervisorMethods, WorkerMethods>(near, methods));
  let known = false;
  worker.ended.then(() => known = true);
  // Its process is gone, and waited for: nothing of it is left in the system's table.
  while (await Deno.stat(`/proc/${worker.pid}`).then(() => true, () => false)) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  await new Promise((resolve) => setTimeout(resolve, 50));
  assertEquals(known, false);
  const words = new TextEncoder().encode(`${JSON.stringify({ id: 0, ask: "ended", body: COUNTED })}\n`);
  await far.write(words);
  far.close();
  await worker.ended;
  assertEquals(worker.last, COUNTED);
});
