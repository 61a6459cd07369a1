import type { Deadlines } from "../deadlines.ts";
import type { Exchange } from "../telemetry/exchange.ts";
import { declaredBytes, isSmall } from "./small_body.ts";

/** How long a client is listened to that sends what nobody wants. */
const MOST_MS = 1000;
const MOST_BYTES = 64 * 1024 * 1024;

/**
 * Reads and forgets what a client still sends, for a second at most. A connection that is closed while data
 * arrives is reset, and the client, busy sending, would see that in place of the answer. Leaves the stream
 * cancelled.
 * @returns whether there is no more to come; else the connection is of no use any more.
 */
export async function discardRest(
  reader: ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>>,
  deadlines: Deadlines,
): Promise<boolean> {
  let late = false;
  const cancel = (): void => {
    late = true;
    reader.cancel().catch(() => {});
  };
  const deadline = deadlines.after(MOST_MS, cancel);
  try {
    for (let total = 0; total < MOST_BYTES;) {
      const { done, value } = await reader.read();
      if (done) return !late;
      total += value.length;
    }
    cancel();
  } catch {
    // It left: nothing is there to be answered.
  } finally {
    deadlines.cancel(deadline);
  }
  return false;
}

/**
 * The same for a request that is refused before its body was read. Most bodies are there already; left unread, one
 * costs its client the connection, and the gateway 20 µs for the next one.
 */
export async function discardBody({ request, client }: Exchange, deadlines: Deadlines): Promise<void> {
  if (request === null || request.method === "GET" || request.method === "HEAD") return;
  const { headers } = request;
  const declared = declaredBytes(request);
  if (!(declared > 0) && headers.get("transfer-encoding") === null) return;
  // Who waits to be told to send will not.
  if (headers.get("expect") !== null || request.bodyUsed) return;
  const whole = isSmall(declared)
    ? await discardAtOnce(request, deadlines)
    : await discardPieces(request, deadlines);
  if (!whole && client !== null) client.closing = true;
}

async function discardPieces({ body }: Request, deadlines: Deadlines): Promise<boolean> {
  return body === null || body.locked || await discardRest(body.getReader(), deadlines);
}

/** A small one without a stream made of it; it cannot be cancelled, but is not waited for any more after a second. */
function discardAtOnce(request: Request, deadlines: Deadlines): Promise<boolean> {
  return new Promise((resolve) => {
    const deadline = deadlines.after(MOST_MS, () => resolve(false));
    const end = (whole: boolean): void => {
      deadlines.cancel(deadline);
      resolve(whole);
    };
    request.bytes().then(() => end(true), () => end(false));
  });
}
