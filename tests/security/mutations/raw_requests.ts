/** Requests as bytes on a connection, mutated: lines, targets, Host, lengths and chunks that no HTTP library would send. */
import { systemClock } from "../../../lib/clock.ts";
import { serve } from "../../../lib/server/server.ts";
import { mulberry32 } from "../../../lib/tools/statistics.ts";
import { InProcessGateway } from "../in_process.ts";
import { type Account, fault, newAccount, tally } from "./account.ts";
import { mutated, pick, type Random } from "./mutate.ts";
import { TEXTS } from "./naughty.ts";

const TOGETHER = 32;
/** What is not whole by then is closed. */
const HEADER_MS = 100;
const BODY_MS = 100;

const CONFIG = `
logging: { level: ERROR }
server: { body_timeout: ${BODY_MS}ms }
providers: { mock: { type: mock, mock: { tokens: 3 } } }
models: { asked: mock/asked }
`;

const BODY = '{"model":"asked","messages":[{"role":"user","content":"Hi"}]}';
const TARGETS = [
  ...[
    "/v1/chat/completions",
    "/v1/models",
    "//v1//models",
    "/v1/../admin",
    "/v1/%2e%2e/admin",
    "/./v1/models?a=b#c",
    "*",
  ],
  ...[
    "http://gateway.test/v1/models",
    "http://other.test/admin",
    "gateway.test:80",
    "/v1/models\\..\\x",
    "/%00",
    "/%ff",
    "",
  ],
];
const HOSTS = [
  ...[
    "gateway.test",
    "gateway.test:80",
    "[::1]:80",
    "a/admin?",
    "a@b",
    "a b",
    "",
    "a\tb",
    "a,b",
    "127.0.0.1:99999",
    "ａ",
    "..",
    "%61",
  ],
];

/** @param seed the same seed gives the same requests. */
export async function rawRequests(seed: number, count: number): Promise<Account> {
  await using gateway = await InProcessGateway.start(CONFIG);
  const server = await serve({
    hostname: "127.0.0.1",
    port: 0,
    handler: gateway.handler,
    limits: { maxConnections: 1000, headerTimeout: HEADER_MS, idleTimeout: HEADER_MS },
    clock: systemClock,
    onWarning: () => {},
  });
  const account = newAccount();
  await Promise.all(Array.from({ length: TOGETHER }, async () => {
    while (account.count < count) {
      const own = seed + account.count++;
      await exchange(server.address.port, bytesOf(mulberry32(own)), `seed ${own}`, account);
    }
  }));
  // It lives, and nothing is left of any of them.
  const answer = await fetch(`http://127.0.0.1:${server.address.port}/v1/models`);
  if (answer.status !== 200) fault(account, `afterwards ${answer.status}`);
  await answer.body?.cancel();
  server.abortAll();
  await server.finished;
  return account;
}

function bytesOf(random: Random): Uint8Array {
  const target = pick(random, TARGETS);
  const method = pick(random, ["GET", "POST", "POST", "CONNECT", "OPTIONS", "get", "PRI"]);
  const chunked = random() < 0.3;
  const length = random() < 0.8
    ? String(BODY.length)
    : pick(random, ["-1", "1e3", "99999999999", "+5", "0x5", "5, 5", ""]);
  const name = random() < 0.1 ? pick(random, TEXTS) : "x-other";
  const text = `${method} ${target} HTTP/1.${random() < 0.9 ? 1 : 0}\r\nhost: ${pick(random, HOSTS)}\r\n` +
    `${name}: ${pick(random, TEXTS).slice(0, 3000)}\r\ncontent-type: application/json\r\n` +
    (chunked
      ? `transfer-encoding: chunked\r\n\r\n${BODY.length.toString(16)}\r\n${BODY}\r\n0\r\n\r\n`
      : `content-length: ${length}\r\n\r\n${BODY}`);
  return mutated(new TextEncoder().encode(text), random);
}

async function exchange(port: number, bytes: Uint8Array, place: string, account: Account): Promise<void> {
  const conn = await Deno.connect({ hostname: "127.0.0.1", port });
  let text = "";
  try {
    const sending = (async () => {
      for (let at = 0; at < bytes.length;) at += await conn.write(bytes.subarray(at));
    })();
    sending.catch(() => {});
    const buffer = new Uint8Array(16_384);
    const decoder = new TextDecoder("latin1");
    for (let length; (length = await conn.read(buffer)) !== null;) {
      text += decoder.decode(buffer.subarray(0, length));
    }
    await sending;
  } catch {
    // Reset, since it went on sending what nobody reads.
  }
  try {
    conn.close();
  } catch {
    // Closed already.
  }
  const statuses = [...text.matchAll(/^HTTP\/1\.[01] (\d{3})/gm)].map(([, status = ""]) => status);
  tally(account, statuses.join(",").slice(0, 11) || "closed");
  const own = statuses.find((status) => status >= "500");
  if (own !== undefined) fault(account, `${place}: ${own}: ${text.slice(0, 300)}`);
}
