import { atMost, exactly } from "../figure.ts";
import { eventually, portOf, startGateway, startProvider } from "../gateway.ts";
import { nothingSeen, type NumberedStream, readNumbered } from "../load/numbered_stream.ts";
import { chatBody, requestBytes } from "../load/request.ts";
import { askProvider } from "../provider/counts.ts";
import type { Scenario } from "../scenario.ts";

const PACE_MS = 100;
/** Of the streams that end within the grace. */
const CHUNKS = 40;
const GRACE_SECONDS = 8;
/** What it may take beyond the grace: the last words, and what is flushed. */
const END_SECONDS = 3;

export const shutdown: Scenario = {
  name: "shutdown",
  what: `SIGTERM with 1,000 streams, half of which cannot end within the grace of ${GRACE_SECONDS} s.`,
  seconds: { long: 60, short: 30 },
  alone: true,
  async run(soak) {
    const half = soak.pick({ long: 500, short: 50 });
    const provider = soak.use(await startProvider());
    const gateway = soak.use(
      await startGateway(soak, {
        provider: provider.port,
        models: { ends: `paced/${CHUNKS}/${PACE_MS}`, stays: `paced/100000/${PACE_MS}` },
        grace: soak.pick({ long: GRACE_SECONDS, short: 5 }),
      }),
    );
    const stream = (model: string): NumberedStream => ({
      port: portOf(gateway),
      request: requestBytes(chatBody(model, { stream: true })),
      chunks: CHUNKS,
      paceMs: PACE_MS,
    });
    const [ends, stays] = [nothingSeen(), nothingSeen()];
    const all = Array.from({ length: half }, () => [
      readNumbered(stream("ends"), ends),
      readNumbered(stream("stays"), stays),
    ]).flat();
    await eventually(async () => (await askProvider(provider.port)).open === 2 * half, 10_000);
    const signalled = performance.now();
    gateway.signal("SIGTERM");
    const status = await gateway.ended;
    const took = (performance.now() - signalled) / 1000;
    await Promise.all(all);
    const told = stays.failures.get("event: error") ??
      [...stays.failures].find(([why]) => why.startsWith('data: {"error'))?.[1];
    soak.figure("streams that could end within the grace and did", ends.whole, "", exactly(half));
    soak.figure("the others, told by an error event", told ?? 0, "", exactly(half));
    soak.figure("exit code", status.code, "", exactly(0));
    const grace = soak.pick({ long: GRACE_SECONDS, short: 5 });
    soak.figure("seconds until its end", took, "s", atMost(grace + END_SECONDS, "s"));
  },
};
