/** Streams and whole answers of providers, mutated: whatever comes, the client gets an answer that ends. */
import { mulberry32 } from "../../../lib/tools/statistics.ts";
import type { WireFormat } from "../../../lib/wire/canonical.ts";
import { SseParser } from "../../../lib/wire/sse.ts";
import { CODECS, StageBench } from "../../stages/stage_bench.ts";
import { ScriptedProvider, type Step } from "../../stages/scripted_provider.ts";
import { REQUESTS, streamText, WHOLE } from "../../stages/scripts.ts";
import { CHAT_FORMATS, SSE_FORMATS, UPSTREAM_FORMATS } from "../../wire/codecs.ts";
import { GatewayError } from "../../../lib/errors.ts";
import { type Account, fault, newAccount, tally, Watch } from "./account.ts";
import { mutated, pick, type Random, split } from "./mutate.ts";

const HANG_MS = 8000;
const TOGETHER = 32;
const encoder = new TextEncoder();

/** What a provider says when all is well. */
interface Base {
  readonly streamed: Uint8Array;
  readonly whole: Uint8Array;
}

interface Case {
  readonly client: WireFormat;
  readonly upstream: WireFormat;
  readonly stream: boolean;
  readonly script: readonly Step[];
}

/** @param seed the same seed gives the same streams. */
export async function mutatedStreams(seed: number, count: number): Promise<Account> {
  const account = newAccount();
  const bases = new Map<WireFormat, Base>(UPSTREAM_FORMATS.map((format) => [format, {
    streamed: CODECS[format].framing.bytes(streamText(format)),
    whole: encoder.encode(JSON.stringify(WHOLE[format])),
  }]));
  using watch = new Watch(HANG_MS);
  // Several at a time, since some wait for time to pass.
  await Promise.all(Array.from({ length: TOGETHER }, async () => {
    while (account.count < count) {
      // Each has a seed of its own, so that one can be seen again alone.
      const own = seed + account.count++;
      const one = make(mulberry32(own), bases);
      const place = `seed ${own}: ${one.upstream} for ${one.client}${one.stream ? ", streamed" : ""}`;
      try {
        await watch.within(run(one, place, account));
      } catch (error) {
        fault(account, `${place}: ${error instanceof Error ? error.stack : error}`);
      }
    }
  }));
  return account;
}

function make(random: Random, bases: ReadonlyMap<WireFormat, Base>): Case {
  const stream = random() < 0.75;
  const upstream = pick(random, UPSTREAM_FORMATS);
  const base = bases.get(upstream);
  const bytes = mutated((stream ? base?.streamed : base?.whole) ?? new Uint8Array(), random);
  return { client: pick(random, CHAT_FORMATS), upstream, stream, script: script(bytes, random) };
}

function script(bytes: Uint8Array, random: Random): Step[] {
  const status = random() < 0.9 ? 200 : pick(random, [204, 206, 301, 400, 401, 404, 429, 500, 503, 599]);
  const headers = random() < 0.7 ? {} : {
    "content-type": pick(random, ["text/html", "application/json", "text/event-stream; charset=x", "", "💥"]),
    "retry-after": pick(random, ["0", "-1", "1e9", "x", "Thu, 01 Jan 1970 00:00:00 GMT"]),
  };
  const end: Step = random() < 0.85 ? { end: true } : { error: "connection_reset" };
  return [{ response: status, headers }, ...split(bytes, random).map((it): Step => ({ bytes: it })), end];
}

async function run(one: Case, place: string, account: Account): Promise<void> {
  const bench = new StageBench({
    providers: [new ScriptedProvider("up", [one.upstream], [one.script])],
    codec: CODECS[one.client],
    body: { ...REQUESTS[one.client], stream: one.stream },
    // A second try would be of the same bytes.
    retry: { attempts: 1 },
  });
  // Time passes for whoever waits for it.
  const passing = setInterval(() => bench.clock.advance(60_000), 1);
  try {
    const answer = await bench.run();
    if (answer.kind === "stream") readable(one, await new Response(answer.body).text(), place, account);
    const { outcome } = bench.exchange;
    if (answer.kind === "stream" && bench.finished.length !== 1) {
      fault(account, `${place}: the record was finished ${bench.finished.length} times`);
    }
    tally(account, `${answer.kind} ${answer.kind === "stream" ? outcome : ""}`.trim());
  } catch (error) {
    // What fails before a stream begins is thrown, for the layer that answers failures.
    if (!(error instanceof GatewayError)) throw error;
    if (error.code === "internal_error") fault(account, `${place}: ${error.message} ${error.cause}`);
    tally(account, error.code);
  } finally {
    clearInterval(passing);
  }
}

/** Events that the gateway has made, and all that it has translated, are JSON. */
function readable({ client, upstream }: Case, text: string, place: string, account: Account): void {
  const check = (data: string, error: boolean): void => {
    // What is passed on as it came is the provider's own.
    if (data === "[DONE]" || (client === upstream && !error)) return;
    try {
      JSON.parse(data);
    } catch {
      fault(account, `${place}: no JSON: ${data.slice(0, 200)}`);
    }
  };
  if ((SSE_FORMATS as readonly string[]).includes(client)) {
    const parser = new SseParser(({ type, data }) => check(data, type === "error"));
    parser.push(encoder.encode(text));
    parser.end();
  } else text.split("\n").filter((line) => line !== "").forEach((line) => check(line, false));
}
