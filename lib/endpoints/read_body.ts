import type { Deadline, Deadlines } from "../deadlines.ts";
import { GatewayError } from "../errors.ts";
import type { Exchange } from "../telemetry/exchange.ts";
import { joinBytes } from "../wire/join_bytes.ts";
import { clientLeft, stalledBody, tooLargeBody } from "./body_errors.ts";
import { discardRest } from "./discard_body.ts";
import { foreignBody } from "./foreign_body.ts";
import { declaredBytes, isSmall } from "./small_body.ts";

export interface ReadBodyOptions {
  /** Bytes; above it 413. */
  readonly limit: number;
  /** Milliseconds without progress until 408; 0: none. */
  readonly timeout: number;
  readonly deadlines: Deadlines;
}

/** What counts as progress: this much a second, or a client could hold a request for hours with a byte now and then. */
export const SLOWEST_BYTES_PER_SECOND = 1024;

/**
 * Reads the request's body, counting while it comes, whatever Content-Length says.
 *
 * @throws {GatewayError} `request_too_large` beyond the limit; `request_timeout` where the client stalls;
 * `client_closed_request` where it leaves; `unsupported_media_type` where it is compressed, or a form.
 */
export function readBody(exchange: Exchange, options: ReadBodyOptions): Promise<Uint8Array<ArrayBuffer>> {
  const { request, client } = exchange;
  if (request === null) return Promise.reject(clientLeft());
  const declared = declaredBytes(request);
  if (declared > options.limit) return refuse(request, options);
  if (client !== null) client.sending = true;
  return isSmall(declared) ? readAtOnce(exchange, request, options) : readPieces(exchange, request, options);
}

async function refuse(request: Request, { limit, deadlines }: ReadBodyOptions): Promise<never> {
  if (request.headers.get("expect") === null && request.body !== null) {
    await discardRest(request.body.getReader(), deadlines);
  }
  throw tooLargeBody(limit);
}

/** Thousands of slow clients may wait here at a time, so nothing is kept for one that is not needed until its body is there. */
function readAtOnce(
  exchange: Exchange,
  request: Request,
  { deadlines, timeout }: ReadBodyOptions,
): Promise<Uint8Array<ArrayBuffer>> {
  return new Promise((resolve, reject) => {
    let deadline: Deadline | null = deadlines.after(timeout || Infinity, () => {
      deadline = null;
      failed(exchange);
      reject(stalledBody(timeout));
    });
    request.bytes().then((bytes) => {
      if (deadline === null) return;
      deadlines.cancel(deadline);
      arrived(exchange, bytes);
      const foreign = foreignBody(request, bytes);
      if (foreign === null) resolve(bytes);
      else reject(foreign);
    }, (cause) => {
      if (deadline === null) return;
      deadlines.cancel(deadline);
      failed(exchange);
      reject(clientLeft(cause));
    });
  });
}

async function readPieces(
  exchange: Exchange,
  request: Request,
  options: ReadBodyOptions,
): Promise<Uint8Array<ArrayBuffer>> {
  let body: Uint8Array<ArrayBuffer>;
  try {
    body = await readCounting(request, options);
  } catch (error) {
    failed(exchange);
    throw error;
  }
  arrived(exchange, body);
  const foreign = foreignBody(request, body);
  if (foreign !== null) throw foreign;
  return body;
}

function arrived(exchange: Exchange, body: Uint8Array): void {
  const { client, content } = exchange;
  if (client !== null) client.sending = false;
  exchange.requestBytes = body.length;
  if (content !== null) content.addRequest(body);
}

/** Whatever it was, the rest of the body is still to come. */
function failed({ client }: Exchange): void {
  if (client === null) return;
  client.sending = false;
  client.closing = true;
}

async function readCounting(request: Request, options: ReadBodyOptions): Promise<Uint8Array<ArrayBuffer>> {
  if (request.body === null) return new Uint8Array();
  const { deadlines, limit, timeout } = options;
  const reader = request.body.getReader();
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  const progress = Math.ceil(SLOWEST_BYTES_PER_SECOND * timeout / 1000);
  let total = 0;
  let atLeast = progress;
  let late = false;
  const check = (): void => {
    if (total >= atLeast) {
      atLeast = total + progress;
      deadline = deadlines.after(timeout, check);
      return;
    }
    late = true;
    reader.cancel().catch(() => {});
  };
  let deadline = deadlines.after(timeout || Infinity, check);
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (late) throw stalledBody(timeout);
      if (done) return chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : joinBytes(chunks);
      total += value.length;
      if (total > limit) {
        await discardRest(reader, deadlines);
        throw tooLargeBody(limit);
      }
      chunks.push(value);
    }
  } catch (cause) {
    throw cause instanceof GatewayError ? cause : late ? stalledBody(timeout) : clientLeft(cause);
  } finally {
    deadlines.cancel(deadline);
  }
}
