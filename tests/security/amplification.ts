/** What a large request becomes: memory and processor time of the worst kinds there are. */
import process from "node:process";
import { InProcessGateway } from "./in_process.ts";

const MESSAGE = '{"role":"user","content":"Hi"}';

export interface Amplification {
  readonly name: string;
  /** Growth of resident memory, in multiples of the request's bytes. */
  readonly memory: number;
  /** Processor time, in multiples of parsing and writing the same JSON, or of 1 ms where that is less. */
  readonly cpu: number;
}

function many(length: number, make: (index: number) => string): string {
  return Array.from({ length }, (_, index) => make(index)).join(",");
}

function chat(more: string): string {
  return `{"model":"m","messages":[${MESSAGE}]${more}}`;
}

const REQUESTS: Readonly<Record<string, (bytes: number) => readonly [path: string, body: string]>> = {
  "one long text": (bytes) => [
    "/v1/chat/completions",
    `{"model":"m","messages":[{"role":"user","content":"${"a".repeat(bytes)}"}]}`,
  ],
  "messages": (
    bytes,
  ) => ["/v1/chat/completions", `{"model":"m","messages":[${many(bytes / 32, () => MESSAGE)}]}`],
  "messages, translated": (bytes) => [
    "/v1/messages",
    `{"model":"m","max_tokens":5,"messages":[${many(bytes / 32, () => MESSAGE)}]}`,
  ],
  "items that are kept": (
    bytes,
  ) => ["/v1/responses", `{"model":"m","input":[${many(bytes / 32, () => MESSAGE)}]}`],
  "tools": (bytes) => [
    "/v1/chat/completions",
    chat(
      `,"tools":[${
        many(bytes / 80, (it) =>
          `{"type":"function","function":{"name":"f${it}","parameters":{"type":"object"}}}`)
      }]`,
    ),
  ],
  "empty objects": (bytes) => ["/v1/chat/completions", chat(`,"x":[${many(bytes / 3, () => "{}")}]`)],
  "keys": (bytes) => ["/v1/chat/completions", chat(`,"x":{${many(bytes / 14, (it) => `"${it}":1`)}}`)],
  "brackets": (
    bytes,
  ) => ["/v1/chat/completions", chat(`,"x":${"[".repeat(bytes / 2)}${"]".repeat(bytes / 2)}`)],
};

/**
 * In one process, one after the other: memory that is not given back counts for none of them twice.
 * @param bytes of each request, about.
 */
export async function amplifications(bytes: number): Promise<Amplification[]> {
  await using gateway = await InProcessGateway.start(`
logging: { level: ERROR }
providers: { mock: { type: mock, mock: { tokens: 3 } } }
models: { m: mock/m }
`);
  const measured: Amplification[] = [];
  for (const [name, make] of Object.entries(REQUESTS)) {
    const [path, text] = make(bytes);
    const body = new TextEncoder().encode(text);
    const own = ownWork(text);
    const [memory, before] = [Deno.memoryUsage().rss, process.cpuUsage()];
    const answer = await gateway.ask(path, { method: "POST", body });
    const peak = Deno.memoryUsage().rss;
    await answer.text();
    const { user, system } = process.cpuUsage(before);
    const grown = Math.max(peak, Deno.memoryUsage().rss) - memory;
    measured.push({
      name,
      memory: Math.max(0, grown) / body.length,
      cpu: (user + system) / 1000 / Math.max(1, own),
    });
  }
  return measured;
}

/** Milliseconds of processor time to parse and write it once, as a client does who makes it. */
function ownWork(text: string): number {
  const before = process.cpuUsage();
  try {
    JSON.stringify(JSON.parse(text));
  } catch {
    // Too deep for it: then it did that much.
  }
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}
