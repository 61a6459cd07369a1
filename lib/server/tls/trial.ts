import { createServer, type TlsOptions } from "node:tls";

const TRIAL_MS = 2000;
/** Content types of TLS records. */
const ALERT = 21;

/**
 * Whether this runtime refuses whom it is told to: versions of Deno exist whose `node:tls` takes `requestCert` and
 * `minVersion` and heeds neither. A client that knows TLS 1.2 alone and has no certificate is refused by either, so
 * one such client is tried.
 */
export async function keepsToItsTerms(terms: TlsOptions): Promise<boolean> {
  let admitted = false;
  const server = createServer(terms, (socket) => {
    admitted = true;
    socket.destroy();
  });
  server.on("tlsClientError", () => {});
  try {
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen({ port: 0, host: "127.0.0.1" }, resolve);
    });
  } catch {
    // A runtime that old knows nothing of the rest either.
    return false;
  }
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const stop = AbortSignal.timeout(TRIAL_MS);
  try {
    const refused = terms.minVersion === "TLSv1.3" ? await refusesOldHello(port, stop) : true;
    return refused && (terms.requestCert !== true || await refusesNameless(port)) && !admitted;
  } finally {
    server.close();
  }
}

/** Sends the greeting of a client that knows TLS 1.2 alone. */
async function refusesOldHello(port: number, signal: AbortSignal): Promise<boolean> {
  using conn = await Deno.connect({ hostname: "127.0.0.1", port, signal });
  await conn.write(OLD_HELLO);
  const answer = new Uint8Array(5);
  return await conn.read(answer) !== null && answer[0] === ALERT;
}

/** Connects without a certificate. In TLS 1.3 a client hears of its refusal after its own side of the handshake. */
async function refusesNameless(port: number): Promise<boolean> {
  const { connect } = await import("node:tls");
  return await new Promise((resolve) => {
    const socket = connect({ host: "127.0.0.1", port, rejectUnauthorized: false });
    const timer = setTimeout(() => socket.destroy(), TRIAL_MS);
    let failed = false;
    socket.on("error", () => failed = true);
    socket.on("close", () => {
      clearTimeout(timer);
      resolve(failed);
    });
    socket.resume();
  });
}

/**
 * A ClientHello of TLS 1.2: two elliptic curves, four suites, signatures by ECDSA and RSA, no `supported_versions`.
 * @see https://www.rfc-editor.org/rfc/rfc5246#section-7.4.1.2
 */
const OLD_HELLO = hello();

function hello(): Uint8Array<ArrayBuffer> {
  const extension = (type: number, bytes: number[]) => [...uint16(type), ...prefixed(bytes)];
  const suites = [0xc02b, 0xc02f, 0xc02c, 0xc030, 0xcca9, 0xcca8].flatMap(uint16);
  const signatures = [0x0403, 0x0503, 0x0804, 0x0805, 0x0401, 0x0501].flatMap(uint16);
  const extensions = [
    ...extension(10, prefixed([0x001d, 0x0017].flatMap(uint16))),
    ...extension(11, [1, 0]),
    ...extension(13, prefixed(signatures)),
    ...extension(23, []),
    ...extension(0xff01, [0]),
  ];
  const random = Array.from({ length: 32 }, (_, index) => index);
  const body = [3, 3, ...random, 0, ...prefixed(suites), 1, 0, ...prefixed(extensions)];
  const message = [1, 0, ...prefixed(body)];
  return Uint8Array.from([22, 3, 1, ...prefixed(message)]);
}

function prefixed(bytes: number[]): number[] {
  return [...uint16(bytes.length), ...bytes];
}

function uint16(value: number): number[] {
  return [value >> 8, value & 0xff];
}
