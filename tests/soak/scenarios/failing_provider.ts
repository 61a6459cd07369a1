import { atMost, exactly } from "../figure.ts";
import { portOf, startGateway, startProvider } from "../gateway.ts";
import { LoadSeen, openLoad } from "../load/open_loop.ts";
import { chatBody, requestBytes } from "../load/request.ts";
import { askProvider } from "../provider/counts.ts";
import type { Scenario } from "../scenario.ts";

const RATE = { long: 500, short: 100 };
const BUDGET = 1.2;
/** Retries that there may be however few the requests are. */
const AT_LEAST = 3;

/** The breaker, which would soon let hardly a request through, is off: the budget has to do alone. */
const MORE = "retry: { attempts: 5 }\nbackends: { breaker: { failures: 0 } }";

export const failingProvider: Scenario = {
  name: "failing-provider",
  what:
    "A provider that answers 503 only, one that resets every connection and one whose streams break off after " +
    "their first content, each for 60 s at 500 requests a second.",
  seconds: { long: 270, short: 20 },
  alone: false,
  async run(soak) {
    const seconds = soak.pick({ long: 60, short: 1 });
    for (const behaviour of ["status/503", "reset", "breaks"]) {
      const provider = soak.use(await startProvider());
      const gateway = soak.use(
        await startGateway(soak, {
          provider: provider.port,
          models: { failing: behaviour },
          more: MORE,
        }),
      );
      let sent = 0;
      const stream = behaviour === "breaks";
      const kind = {
        weight: 1,
        // A stream's status was sent before it broke.
        good: (status: number) => status >= 500 || (stream && status === 200),
        request: () => requestBytes(chatBody("failing", { stream, user: `soak-${sent++}` })),
      };
      const load = {
        port: portOf(gateway),
        rate: soak.pick(RATE),
        seconds,
        kinds: [kind],
        random: soak.random,
      };
      const seen = await openLoad({ ...load, timeoutMs: 30_000 }, new LoadSeen());
      const { requests, again } = await askProvider(provider.port);
      if (seen.failed > 0) soak.note(seen.reasons());
      const name = `${behaviour.replace("status/", "")}:`;
      soak.figure(`${name} requests`, seen.sent, "", null);
      soak.figure(`${name} hung or answered in another way`, seen.hung + seen.failed, "", exactly(0));
      soak.figure(`${name} attempts`, requests, "", atMost(Math.floor(BUDGET * seen.sent + AT_LEAST)));
      if (stream) soak.figure(`${name} attempts after a first content`, again, "", exactly(0));
    }
  },
};
