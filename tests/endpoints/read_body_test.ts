import { assertEquals, assertRejects } from "@std/assert";
import { Deadlines } from "../../lib/deadlines.ts";
import { readBody } from "../../lib/endpoints/read_body.ts";
import { GatewayError } from "../../lib/errors.ts";
import type { Exchange } from "../../lib/telemetry/exchange.ts";
import { ManualClock } from "../manual_clock.ts";
import { arrived } from "../middleware/arrived.ts";

const TIMEOUT = 10_000;
const LIMIT = 100_000;
const encoder = new TextEncoder();

/** A request whose body the test sends bit by bit. */
class Upload {
  readonly clock = new ManualClock();
  readonly deadlines = new Deadlines(this.clock);
  readonly exchange: Exchange = arrived();
  cancelled = false;
  #controller: ReadableStreamDefaultController<Uint8Array> | null = null;

  constructor(headers: Record<string, string> = {}) {
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => void (this.#controller = controller),
      cancel: () => void (this.cancelled = true),
    });
    this.exchange.request = new Request("http://localhost/", { method: "POST", body, headers });
  }

  /** Sends and lets the reader take it. */
  async send(bytes: number): Promise<void> {
    this.#controller?.enqueue(new Uint8Array(bytes));
    await new Promise((resolve) => setTimeout(resolve));
  }

  close(): void {
    this.#controller?.close();
  }

  leave(): void {
    this.#controller?.error(new Error("connection reset"));
  }

  read(): Promise<Uint8Array> {
    return readBody(this.exchange, { limit: LIMIT, timeout: TIMEOUT, deadlines: this.deadlines });
  }
}

function withBody(body: string, headers: Record<string, string> = {}): Exchange {
  return arrived(headers, { body });
}

Deno.test("readBody() reads bodies with and without a length, and counts them", async () => {
  const clock = new ManualClock();
  const deadlines = new Deadlines(clock);
  for (const headers of [{}, { "content-length": "5" }] as Record<string, string>[]) {
    const exchange = withBody("hello", headers);
    assertEquals(
      await readBody(exchange, { limit: 5, timeout: TIMEOUT, deadlines }),
      encoder.encode("hello"),
    );
    assertEquals([exchange.requestBytes, deadlines.size], [5, 0]);
  }
  const none = arrived();
  assertEquals((await readBody(none, { limit: 5, timeout: TIMEOUT, deadlines })).length, 0);
});

Deno.test("readBody() joins what comes in pieces", async () => {
  const upload = new Upload();
  const read = upload.read();
  await upload.send(3);
  await upload.send(4);
  upload.close();
  assertEquals((await read).length, 7);
  assertEquals(upload.deadlines.size, 0);
});

Deno.test("readBody() refuses a declared length beyond the limit", async () => {
  const deadlines = new Deadlines(new ManualClock());
  const exchange = withBody("hello", { "content-length": "6" });
  const error = await assertRejects(
    () => readBody(exchange, { limit: 5, timeout: TIMEOUT, deadlines }),
    GatewayError,
    "larger than 5 bytes",
  );
  assertEquals([error.code, error.status, deadlines.size], ["request_too_large", 413, 0]);
});

Deno.test("readBody() refuses while reading what turns out to be beyond the limit, whatever its length said", async () => {
  for (const headers of [{}, { "content-length": "400000" }] as Record<string, string>[]) {
    const upload = new Upload(headers);
    const read = assertRejects(() => upload.read(), GatewayError, "larger");
    await upload.send(LIMIT);
    await upload.send(1);
    // The rest is taken and forgotten, for a second.
    await upload.send(LIMIT);
    upload.clock.advance(1200);
    assertEquals((await read).code, "request_too_large");
    assertEquals([upload.cancelled, upload.deadlines.size], [true, 0]);
  }
});

Deno.test("readBody() gives up on a client that stalls", async () => {
  const table: [Record<string, string>, number][] = [[{}, 0], [{}, 5000], [{ "content-length": "10" }, 0]];
  for (const [headers, sent] of table) {
    const upload = new Upload(headers);
    const read = assertRejects(() => upload.read(), GatewayError);
    await upload.send(sent);
    upload.clock.advance(TIMEOUT + 200);
    const error = await read;
    assertEquals([error.code, error.status], ["request_timeout", 408]);
    assertEquals(upload.deadlines.size, 0);
  }
});

Deno.test("readBody() bears with slow clients as long as they get on, and not with a byte now and then", async () => {
  const slow = new Upload();
  const read = slow.read();
  for (let i = 0; i < 5; i++) {
    await slow.send(11_000);
    slow.clock.advance(TIMEOUT);
  }
  slow.close();
  assertEquals((await read).length, 55_000);

  const dripping = new Upload();
  const refused = assertRejects(() => dripping.read(), GatewayError);
  for (let i = 0; i < 2; i++) {
    await dripping.send(1);
    dripping.clock.advance(TIMEOUT / 2 + 100);
  }
  assertEquals((await refused).code, "request_timeout");
});

Deno.test("readBody() says while it waits that its client is sending, and that what stalls goes on doing so", async () => {
  for (const headers of [{}, { "content-length": "10" }] as Record<string, string>[]) {
    const whole = new Upload(headers);
    const { client } = whole.exchange;
    const read = whole.read();
    assertEquals([client?.sending, client?.closing], [true, false]);
    await whole.send(10);
    whole.close();
    await read;
    assertEquals([client?.sending, client?.closing, whole.exchange.requestBytes], [false, false, 10]);
  }
});

Deno.test("readBody() leaves a record alone whose body comes to its end after its time-out", async () => {
  const late = new Upload({ "content-length": "10" });
  const { exchange } = late;
  const { client } = exchange;
  const read = assertRejects(() => late.read(), GatewayError);
  late.clock.advance(TIMEOUT + 200);
  await read;
  assertEquals([client?.sending, client?.closing, exchange.requestBytes], [false, true, 0]);
  await late.send(10);
  late.close();
  await new Promise((resolve) => setTimeout(resolve));
  assertEquals(exchange.requestBytes, 0);
});

Deno.test("readBody() notices that the client left", async () => {
  for (const headers of [{}, { "content-length": "10" }] as Record<string, string>[]) {
    const upload = new Upload(headers);
    const read = assertRejects(() => upload.read(), GatewayError);
    await upload.send(3);
    upload.leave();
    assertEquals((await read).code, "client_closed_request");
    assertEquals(upload.deadlines.size, 0);
  }
  const over = arrived();
  over.finish("cancelled", 499, 0);
  const deadlines = new Deadlines(new ManualClock());
  await assertRejects(() => readBody(over, { limit: 5, timeout: TIMEOUT, deadlines }), GatewayError);
});

Deno.test("readBody() waits for ever where no time-out is set", async () => {
  for (const headers of [{}, { "content-length": "3" }] as Record<string, string>[]) {
    const upload = new Upload(headers);
    const { exchange, deadlines } = upload;
    const read = readBody(exchange, { limit: LIMIT, timeout: 0, deadlines });
    upload.clock.advance(10_000_000);
    await upload.send(3);
    upload.close();
    assertEquals((await read).length, 3);
  }
});

Deno.test("readBody() says of a body that is compressed, or a form, that it is", async () => {
  const deadlines = new Deadlines(new ManualClock());
  const gzip = { "content-encoding": "gzip" };
  const form = { "content-type": "multipart/form-data; boundary=x" };
  const cases: [Record<string, string>, string, string | null][] = [
    [gzip, "\x1f\x8b\x08", "is compressed ('content-encoding')"],
    [{ ...gzip, "content-length": "3" }, "\x1f\x8b\x08", "is compressed"],
    [{ "content-encoding": "identity" }, "[]", null],
    [form, "--x", "is a form; this path takes JSON"],
    [{ "content-type": "application/x-www-form-urlencoded" }, " {}", null],
    [form, '{"model":"m"}', null],
  ];
  for (const [headers, body, message] of cases) {
    const read = () => readBody(withBody(body, headers), { limit: LIMIT, timeout: TIMEOUT, deadlines });
    if (message === null) {
      assertEquals(await read(), encoder.encode(body));
    } else {
      const error = await assertRejects(read, GatewayError, message);
      assertEquals([error.code, error.status], ["unsupported_media_type", 415]);
    }
  }
});
