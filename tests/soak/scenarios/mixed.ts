import { atMost, exactly } from "../figure.ts";
import { eventually, ownFiles, residentMiB, startProvider, startQuietGateway } from "../gateway.ts";
import { type LoadKind, LoadSeen, openLoad } from "../load/open_loop.ts";
import { chatBody, requestBytes } from "../load/request.ts";
import type { Scenario } from "../scenario.ts";
import { slope } from "../slope.ts";

const RATE = 200;
/** Clients' connections are closed by then. */
const SETTLE_MS = 60_000;
const SAMPLE_MS = 2000;

export const mixed: Scenario = {
  name: "mixed",
  what:
    "60 minutes of 200 requests a second: chat, streams, clients that leave, responses that SQLite keeps, errors " +
    "of clients and of the provider.",
  seconds: { long: 3600 + 300, short: 30 },
  alone: false,
  async run(soak) {
    const seconds = soak.pick({ long: 3600, short: 4 });
    const provider = soak.use(await startProvider());
    const gateway = soak.use(
      await startQuietGateway(soak, {
        provider: provider.port,
        models: { whole: "whole", stream: "paced/10/20", broken: "status/500" },
        server: "idle_timeout: 10s",
        more: `retry: { attempts: 0 }\nconversations: { path: "${soak.folder}/conversations.db" }`,
      }),
    );
    const load = { port: gateway.port, kinds: kinds(), random: soak.random };
    // The first requests load modules, compile and fill pools; descriptors are counted when these are there.
    await openLoad({ ...load, rate: 50, seconds: 2 });
    const files = await ownFiles(gateway.pid, provider.port);
    const seen = new LoadSeen();
    const points: [number, number][] = [];
    const sampling = setInterval(() => points.push([seen.sent, residentMiB(gateway.pid)]), SAMPLE_MS);
    soak.use({ [Symbol.dispose]: () => clearInterval(sampling) });
    const progress = setInterval(() => soak.note(progressOf(seen, points)), 60_000);
    soak.use({ [Symbol.dispose]: () => clearInterval(progress) });
    await openLoad({ ...load, rate: RATE, seconds }, seen);
    clearInterval(sampling);
    clearInterval(progress);
    if (seen.failed > 0) soak.note(seen.reasons());
    soak.figure("requests that failed or hung", seen.failed + seen.hung, "", exactly(0));
    soak.figure("requests", seen.sent, "", null);
    // A heap finds its size in the first minutes.
    const settled = points.slice(Math.floor(points.length / 6));
    const growth = slope(settled) * 100_000;
    soak.figure(
      "growth of resident memory for 100,000 requests",
      growth,
      "MiB",
      soak.pick({ long: atMost(1e6 / 1024 ** 2, "MiB"), short: null }),
    );
    soak.figure("resident memory at the end", points.at(-1)?.[1] ?? NaN, "MiB", null);
    const back = await eventually(
      async () => await ownFiles(gateway.pid, provider.port) <= files,
      soak.pick({ long: SETTLE_MS, short: 12_000 }),
    );
    const more = back ? 0 : await ownFiles(gateway.pid, provider.port) - files;
    soak.figure("descriptors more than at the start", more, "", exactly(0));
  },
};

function progressOf(seen: LoadSeen, points: readonly [number, number][]): string {
  return `${seen.sent} requests, ${Math.round(points.at(-1)?.[1] ?? 0)} MiB`;
}

function kinds(): LoadKind[] {
  const bytes = (model: string, more = {}) => requestBytes(chatBody(model, more));
  const whole = bytes("whole");
  const stream = bytes("stream", { stream: true });
  const absent = bytes("no-such-model");
  const broken = bytes("broken");
  const malformed = requestBytes({ messages: 7 });
  const responses = requestBytes({ model: "whole", input: "Why is the sky blue?" }, {
    path: "/v1/responses",
  });
  let previous = "";
  return [
    { weight: 40, request: () => whole },
    { weight: 20, request: () => stream },
    { weight: 10, request: () => stream, leaves: (random) => random() * 200 },
    {
      weight: 10,
      request: () => responses,
      onAnswer: (status, body) => previous = status === 200 ? JSON.parse(body).id : previous,
    },
    {
      weight: 10,
      request: () =>
        requestBytes({
          model: "whole",
          input: "And at night?",
          ...(previous === "" ? {} : { previous_response_id: previous }),
        }, { path: "/v1/responses" }),
    },
    { weight: 4, request: () => absent, good: (status) => status === 404 },
    { weight: 3, request: () => malformed, good: (status) => status === 400 },
    { weight: 3, request: () => broken, good: (status) => status >= 500 },
  ];
}
