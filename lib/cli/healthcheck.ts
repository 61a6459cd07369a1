import { localUrl } from "./address.ts";
import { type Command, CONFIG_FLAG, HOST_FLAG, PORT_FLAG } from "./command.ts";
import { loadSettings } from "./settings.ts";
import type { System } from "./system.ts";

const TIMEOUT_MS = 3000;

export const healthcheck: Command = {
  name: "healthcheck",
  summary: "Ask a running gateway whether it is alive",
  about:
    "Asks the gateway at the configured address whether it is alive, as a container's probe does where there is\n" +
    "no shell and no curl. Exits 0 where it is and 1 where it is not.",
  flags: [
    CONFIG_FLAG,
    { ...HOST_FLAG, about: "address that it listens on" },
    { ...PORT_FLAG, about: "port that it listens on" },
  ],
  examples: ["gateway healthcheck", "gateway healthcheck --port 9000"],
  async run(flags, system) {
    const loaded = await loadSettings(flags, system);
    if (loaded === null) return 1;
    const { host, port, allowed_hosts: [allowedHost], tls } = loaded.config.server;
    const url = `${localUrl(host, port, tls === null ? "http" : "https")}/livez`;
    try {
      const status = await askStatus(system, new URL(url), allowedHost ?? null);
      // Where health asks for a key, being asked for it is a sign of life.
      if (status === 200 || status === 401) return 0;
      system.err(`gateway: ${url} answered ${status}`);
    } catch (error) {
      // So is being asked for a certificate.
      if (tls?.clientCa && isCertificateRequired(error)) return 0;
      system.err(
        `gateway: ${url} does not answer: ${error instanceof Error ? error.message : "unknown error"}`,
      );
    }
    return 1;
  },
};

/**
 * The status of a GET. Not by `fetch`, which would go through the proxy that `HTTP_PROXY` names.
 * @param host what the request names, where the gateway answers to some names alone.
 * @throws where there is no answer.
 */
async function askStatus(system: System, url: URL, host: string | null): Promise<number> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`nothing came in ${TIMEOUT_MS} ms`)), TIMEOUT_MS);
  try {
    return await Promise.race([exchange(system, url, host ?? url.host), late]);
  } finally {
    clearTimeout(timer);
  }
}

async function exchange(system: System, url: URL, host: string): Promise<number> {
  const hostname = url.hostname.replace(/^\[|\]$/g, "");
  const secure = url.protocol === "https:";
  const address = { hostname, port: Number(url.port || (secure ? 443 : 80)) };
  using connection = await (secure ? system.connectTls(address) : system.connect(address));
  const request = `GET ${url.pathname} HTTP/1.1\r\nhost: ${host}\r\nconnection: close\r\n\r\n`;
  await connection.write(new TextEncoder().encode(request));
  const decoder = new TextDecoder();
  let head = "";
  for await (const chunk of connection.readable) {
    head += decoder.decode(chunk, { stream: true });
    const match = /^HTTP\/1\.1 (\d{3}) /.exec(head);
    if (match !== null) return Number(match[1]);
  }
  throw new Error("the answer is not HTTP");
}

function isCertificateRequired(error: unknown): boolean {
  return error instanceof Error && /certificate.?required/i.test(error.message);
}
