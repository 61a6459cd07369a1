import { atMost, exactly } from "../figure.ts";
import { eventually, pause, portOf, startGateway, startProvider } from "../gateway.ts";
import { nothingSeen, type NumberedStream, readNumbered } from "../load/numbered_stream.ts";
import { chatBody, requestBytes } from "../load/request.ts";
import { askProvider } from "../provider/counts.ts";
import type { Scenario } from "../scenario.ts";

const PACE_MS = 200;
/** Of the streams that end within the grace. */
const CHUNKS = 30;
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
        grace: GRACE_SECONDS,
      }),
    );
    const stream = (model: string): NumberedStream => ({
      port: portOf(gateway),
      request: requestBytes(chatBody(model, { stream: true })),
      chunks: CHUNKS,
      paceMs: PACE_MS,
    });
    const [ends, stays] = [nothingSeen(), nothingSeen()];
    const all: Promise<void>[] = [];
    while (all.length < 2 * half) {
      all.push(readNumbered(stream("stays"), stays), readNumbered(stream("ends"), ends));
      if (all.length % 20 === 0) await pause(20);
    }
    await eventually(async () => (await askProvider(provider.port)).open === 2 * half, 2000);
    const signalled = performance.now();
    gateway.signal("SIGTERM");
    const status = await gateway.ended;
    const took = (performance.now() - signalled) / 1000;
    await Promise.all(all);
    const told = [...stays.failures].filter(([why]) => /event: error|data: \{"error"/.test(why))
      .reduce((sum, [, count]) => sum + count, 0);
    soak.figure("streams that could end within the grace and did", ends.whole, "", exactly(half));
    soak.figure("the others, told by an error event", told, "", exactly(half));
    soak.figure("exit code", status.code, "", exactly(0));
    soak.figure("seconds until its end", took, "s", atMost(GRACE_SECONDS + END_SECONDS, "s"));
  },
};
