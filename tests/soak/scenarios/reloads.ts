import { exactly } from "../figure.ts";
import { pause, portOf, scrape, soakConfig, startGateway, startProvider, total } from "../gateway.ts";
import { nothingSeen, readNumbered } from "../load/numbered_stream.ts";
import { openLoad } from "../load/open_loop.ts";
import { chatBody, requestBytes } from "../load/request.ts";
import type { Scenario } from "../scenario.ts";

const RATE = { long: 500, short: 100 };
const STREAMS = 50;
const PACE_MS = 200;

export const reloads: Scenario = {
  name: "reloads",
  what:
    "100 good and 100 bad configurations in turn by SIGHUP, at 500 requests a second and with streams alive.",
  seconds: { long: 150, short: 20 },
  alone: false,
  async run(soak) {
    const rounds = soak.pick({ long: 100, short: 5 });
    const chunks = soak.pick({ long: 300, short: 15 });
    const provider = soak.use(await startProvider());
    const settings = (more: string) => ({
      provider: provider.port,
      models: { whole: "whole", paced: `paced/${chunks}/${PACE_MS}` },
      server: "watch_config: false",
      more,
    });
    const gateway = soak.use(await startGateway(soak, settings("")));
    const port = portOf(gateway);
    const request = requestBytes(chatBody("whole"));
    const streamed = nothingSeen();
    const stream = requestBytes(chatBody("paced", { stream: true }));
    const alive = Array.from(
      { length: STREAMS },
      () => readNumbered({ port, request: stream, chunks, paceMs: PACE_MS }, streamed),
    );
    const stop = new AbortController();
    const kinds = [{ weight: 1, request: () => request }];
    const load = openLoad({
      port,
      rate: soak.pick(RATE),
      seconds: 600,
      kinds,
      random: soak.random,
      signal: stop.signal,
    });
    const hangup = async (event: string, more: string, nth: number) => {
      await gateway.configure(soakConfig(soak, settings(more)));
      gateway.signal("SIGHUP");
      let seen = 0;
      await gateway.log((line) => line.event === event && ++seen === nth);
    };
    for (let round = 1; round <= rounds; round++) {
      await hangup("config.reloaded", `retry: { attempts: ${round % 4} }`, round);
      await hangup("config.rejected", `retry: { attempts: x${round} }`, round);
      // One after the other without a break would be a load of its own.
      await pause(100);
    }
    stop.abort();
    const seen = await load;
    await Promise.all(alive);
    if (seen.failed > 0) soak.note(seen.reasons());
    const samples = await scrape(port);
    const counted = (result: string) => total(samples, "gateway_config_reloads_total", `result="${result}"`);
    soak.figure("good configurations that came into force", counted("success"), "", exactly(rounds));
    soak.figure("bad ones that changed nothing", counted("failure"), "", exactly(rounds));
    soak.figure("requests", seen.sent, "", null);
    soak.figure("requests that failed or hung", seen.failed + seen.hung, "", exactly(0));
    soak.figure("streams that were whole", streamed.whole, "", exactly(STREAMS));
  },
};
