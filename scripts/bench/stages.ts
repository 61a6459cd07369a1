// deno-lint-ignore-file no-console -- its output is what it is for
/**
 * `deno task bench stages`: microseconds of CPU a stage, all with built-in parts, on a prompt of 1 KB and one of 100 KB; the
 * upstream request is left out. Each request is another, so that no cache knows it.
 */
import { cpuUsage } from "node:process";
import { loadConfig } from "../../lib/config/load.ts";
import { noteRequest } from "../../lib/endpoints/note_request.ts";
import { openQuietFoundation } from "../../lib/assembly/quiet_foundation.ts";
import { buildStageParts } from "../../lib/assembly/stage_parts.ts";
import { ModelRequest } from "../../lib/stages/model_request.ts";
import type { Stage } from "../../lib/stages/stage.ts";
import { Exchange } from "../../lib/telemetry/exchange.ts";
import { openaiChat } from "../../lib/wire/openai_chat.ts";
import { machine } from "../machine.ts";
import { revision } from "../revision.ts";
import { estimate } from "../../lib/tools/statistics.ts";
import { table, withInterval } from "./table.ts";

/** All stages on, none with a model of its own. */
const CONFIG = new URL("stages.yaml", import.meta.url);
/** What eight stages may take together for a prompt of 1 KB, microseconds. */
const GATE = 300;

interface Size {
  readonly name: string;
  readonly characters: number;
  readonly rounds: number;
  readonly requests: number;
}

const SIZES: readonly Size[] = [
  { name: "1 KB", characters: 1_000, rounds: 20, requests: 500 },
  { name: "100 KB", characters: 100_000, rounds: 20, requests: 20 },
];

/** The parse that the stages share, and what it would cost without any. */
const PARSE = "(shared parse)";

/** @param args `--quick`: fewer rounds. `--publish`: the page replaces docs/benchmarks/stages.md. */
export async function benchStages(args: readonly string[]): Promise<void> {
  const { config } = loadConfig({
    path: CONFIG.pathname,
    env: () => undefined,
    readFile: (path) => Deno.readTextFileSync(path),
  });
  const foundation = await openQuietFoundation(config, "0.0.0");
  const { providers, stages } = await buildStageParts(config, foundation);
  const measured = stages.generation.slice(0, -1);
  const columns: string[][] = [];
  for (const size of SIZES) {
    const rounds = args.includes("--quick") ? 5 : size.rounds;
    columns.push(await column(measured, { ...size, rounds }));
  }
  const names = [PARSE, ...measured.map(({ name }) => name), "**all**"];
  const rows = names.map((name, row) => [name, ...columns.map((column) => column[row] ?? "")]);
  const page = `# What the stages cost a request

Commit ${await revision()}, ${new Date().toISOString().slice(0, 10)}; ${machine()}; Deno ${Deno.version.deno}.

Microseconds of CPU a request and stage, every stage on with what is built in, in one process without a network;
medians with their 95 % bootstrap intervals. Gate: all of them ≤ ${GATE} µs for 1 KB. Made by \`deno task bench stages\`.

${table(["stage", ...SIZES.map(({ name }) => `${name}, µs`)], rows)}`;
  console.log(page);
  if (args.includes("--publish")) {
    await Deno.writeTextFile(new URL("../../docs/benchmarks/stages.md", import.meta.url), page);
  }
  await Promise.all([...providers.values()].map((provider) => provider.close()));
  await foundation.close();
  await foundation.telemetry.shutdown();
}

async function column(stages: readonly Stage[], size: Size): Promise<string[]> {
  const samples = Array.from({ length: stages.length + 2 }, (): number[] => []);
  // Until the compiler has seen enough.
  for (let i = 0; i < 3; i++) await round(stages, size);
  for (let i = 0; i < size.rounds; i++) {
    const times = await round(stages, size);
    for (const [index, time] of times.entries()) samples[index]?.push(time);
  }
  return samples.map((values) => withInterval(estimate(values), 1));
}

/**
 * Each stage over all requests, then all stages request by request, as they are served: the process's own CPU time
 * tells, so that others on the machine do not count.
 * @returns microseconds of CPU a request: the parse, each stage, and all together.
 */
async function round(stages: readonly Stage[], size: Size): Promise<number[]> {
  const parted = arrivals(size);
  const times = [await cpuOf(parted, ({ request }) => request.canonical)];
  for (const stage of stages) {
    times.push(await cpuOf(parted, (arrival) => pass(stage, arrival)));
  }
  const whole = arrivals(size);
  const all = await cpuOf(whole, async (arrival) => {
    arrival.request.canonical;
    for (const stage of stages) {
      const result = pass(stage, arrival);
      if (result instanceof Promise) await result;
    }
  });
  // Whoever waits for the answer of the same request is let go.
  for (const { exchange } of [...parted, ...whole]) exchange.finish("cancelled", 499, performance.now());
  return [...times, all];
}

interface Arrival {
  readonly exchange: Exchange;
  readonly request: ModelRequest;
}

function arrivals({ characters, requests }: Size): Arrival[] {
  return Array.from({ length: requests }, () => {
    const exchange = new Exchange(performance.now(), Date.now(), { finished() {} });
    const request = new ModelRequest(openaiChat, requestOf(characters));
    noteRequest(exchange, request, "openai_chat");
    return { exchange, request };
  });
}

function pass(stage: Stage, { exchange, request }: Arrival): void | Promise<void> {
  const result = stage.run(exchange, request);
  if (result instanceof Promise) return result.then(ignored);
  ignored(result);

  function ignored(answer: unknown): void {
    if (answer !== null) throw new Error(`Cannot measure: ${stage.name} answered`);
  }
}

/** Microseconds of CPU an arrival. */
async function cpuOf(arrived: readonly Arrival[], work: (arrival: Arrival) => unknown): Promise<number> {
  const before = cpuUsage();
  for (const arrival of arrived) {
    const result = work(arrival);
    if (result instanceof Promise) await result;
  }
  const { user, system } = cpuUsage(before);
  return (user + system) / arrived.length;
}

const WORDS =
  ("please explain how a compiler turns the source of a function into code and why that takes time when " +
    "a list of numbers is sorted or an equation has to be solved for its unknown terms in two or three small steps " +
    "without writing any of the results to a file before they are checked by somebody who knows the answer")
    .split(" ");
let made = 0;

/** A chat request with a prompt of so many characters, each time another. */
function requestOf(characters: number): Uint8Array {
  const words = [`Request ${++made}:`];
  for (let length = 0, at = made; length < characters; at += 7) {
    const word = WORDS[at % WORDS.length] ?? "";
    words.push(word);
    length += word.length + 1;
  }
  const messages = [
    { role: "system", content: "You are a helpful assistant." },
    { role: "user", content: words.join(" ").slice(0, characters) },
  ];
  return new TextEncoder().encode(JSON.stringify({ model: "auto", messages, temperature: 0 }));
}
