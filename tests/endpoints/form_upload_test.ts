/** Forms on their way to a provider: what is held, what streams, and the body's pace and limits. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { Deadlines } from "../../lib/deadlines.ts";
import { BodyStream } from "../../lib/endpoints/body_stream.ts";
import { FormUpload, type FormUploadOptions } from "../../lib/endpoints/form_upload.ts";
import { GatewayError } from "../../lib/errors.ts";
import type { Exchange } from "../../lib/telemetry/exchange.ts";
import { ManualClock } from "../manual_clock.ts";
import { arrived } from "../middleware/arrived.ts";

const TYPE = "multipart/form-data; boundary=b";
const MODEL = '--b\r\nContent-Disposition: form-data; name="model"\r\n\r\nasked\r\n';
const FILE = '--b\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n\r\n';
const END = "\r\n--b--\r\n";
const encoder = new TextEncoder();
const decoder = new TextDecoder();

class Sender {
  readonly clock = new ManualClock();
  readonly exchange: Exchange = arrived();
  readonly body: BodyStream;
  cancelled = false;
  #controller: ReadableStreamDefaultController<Uint8Array> | null = null;

  constructor(limit = 1_000_000) {
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => void (this.#controller = controller),
      cancel: () => void (this.cancelled = true),
    });
    this.exchange.request = new Request("http://localhost/", { method: "POST", body });
    const deadlines = new Deadlines(this.clock);
    this.body = new BodyStream(this.exchange, { limit, timeout: 10_000, deadlines }, () => this.clock.now());
  }

  send(...texts: readonly string[]): this {
    for (const text of texts) this.#controller?.enqueue(encoder.encode(text));
    return this;
  }

  end(): this {
    this.#controller?.close();
    return this;
  }

  leave(): void {
    this.#controller?.error(new Error("reset"));
  }

  read(options: Partial<FormUploadOptions> = {}): Promise<FormUpload> {
    return FormUpload.read(this.body, {
      contentType: TYPE,
      contentLength: NaN,
      namesModel: true,
      maxHeld: 100_000,
      ...options,
    });
  }
}

async function textOf(body: Uint8Array | AsyncIterable<Uint8Array>): Promise<string> {
  if (body instanceof Uint8Array) return decoder.decode(body);
  let text = "";
  for await (const piece of body) text += decoder.decode(piece);
  return text;
}

Deno.test("a form is held up to its model, and streams from there", async () => {
  const sender = new Sender().send(MODEL, FILE + "some");
  const upload = await sender.read();
  assertEquals([upload.model, upload.isWhole, upload.consumed], ["asked", false, false]);
  sender.send("more", END).end();
  const text = await textOf(upload.bodyFor("target"));
  assertEquals(text, MODEL.replace("asked", "target") + FILE + "somemore" + END);
  assertEquals([upload.consumed, sender.exchange.requestBytes], [true, text.length - 1]);
});

Deno.test("a form that names its model at the end is held whole, and can be sent again", async () => {
  const upload = await new Sender().send(FILE + "some\r\n", MODEL, "--b--\r\n").end().read();
  // The model is known before the end is.
  assertEquals(upload.model, "asked");
  const small = await new Sender().send(FILE + "some\r\n", MODEL, "--b--\r\n").end().read({
    contentLength: 300,
  });
  assertEquals([small.model, small.isWhole], ["asked", true]);
  for (const model of ["asked", "one", "two"]) {
    assertEquals(
      await textOf(small.bodyFor(model)),
      `${FILE}some\r\n${MODEL.replace("asked", model)}--b--\r\n`,
    );
    assertEquals(small.lengthFor(model), 300 + model.length - "asked".length);
  }
});

Deno.test("a form without a model gets the target's as a part of its own", async () => {
  const upload = await new Sender().send(FILE, "some", END).end().read();
  assertEquals([upload.model, upload.isWhole], ["", true]);
  const answer = new Response(await textOf(upload.bodyFor("target")), { headers: { "content-type": TYPE } });
  const form = await answer.formData();
  assertEquals([form.get("model"), (form.get("file") as File).size], ["target", 4]);
  assertEquals(await textOf(upload.bodyFor("")), FILE + "some" + END);
});

Deno.test("a form that names no model streams at once, unless it is small", async () => {
  const large = await new Sender().read({ namesModel: false, contentLength: 900_000 });
  assertEquals([large.isWhole, large.lengthFor("x")], [false, 900_000]);
  const small = await new Sender().send(FILE, END).end().read({ namesModel: false, contentLength: 100 });
  assert(small.isWhole);
});

const REFUSED: readonly [name: string, code: string, read: () => Promise<unknown>][] = [
  ["no boundary", "invalid_request", () => new Sender().read({ contentType: "multipart/form-data" })],
  ["a length over the limit", "request_too_large", () => new Sender().read({ contentLength: 2_000_000 })],
  ["a model too far behind", "request_too_large", () => new Sender().send(FILE + "x".repeat(200_000)).read()],
  [
    "two models",
    "invalid_request",
    () => new Sender().send(MODEL, MODEL, END).end().read({ contentLength: 9 }),
  ],
];

for (const [name, code, read] of REFUSED) {
  Deno.test(`a form with ${name} is refused`, async () => {
    assertEquals((await assertRejects(read, GatewayError)).code, code);
  });
}

const BROKEN: readonly [name: string, code: string, act: (sender: Sender) => void][] = [
  ["the limit", "request_too_large", (sender) => sender.send("x".repeat(2_000_000))],
  ["another model", "invalid_request", (sender) => sender.send("\r\n", MODEL, END)],
  ["the client's leaving", "client_closed_request", (sender) => sender.leave()],
];

for (const [name, code, act] of BROKEN) {
  Deno.test(`a form that streams is broken off by ${name}, and tells who sends it`, async () => {
    const sender = new Sender().send(MODEL, FILE);
    const upload = await sender.read();
    let told = "";
    upload.onFailure = (error) => told = error.code;
    act(sender);
    const error = await assertRejects(() => textOf(upload.bodyFor("m")), GatewayError);
    assertEquals([error.code, told], [code, code]);
  });
}

Deno.test("a form that nobody reads on is not asked for more", async () => {
  const sender = new Sender().send(MODEL, FILE);
  const upload = await sender.read();
  const body = upload.bodyFor("m");
  assert(!(body instanceof Uint8Array));
  for await (const _ of body) break;
  assert(!upload.consumed, "the head alone was taken: another target may have it");
  const again = upload.bodyFor("n");
  sender.send("x" + END).end();
  assert((await textOf(again)).includes("\r\nn\r\n"));
});

Deno.test("a body that stops is given up, and only the client's own time counts", async () => {
  const sender = new Sender();
  const first = sender.send("some").body.next();
  assertEquals(decoder.decode(await first ?? new Uint8Array()), "some");
  // The provider takes its time.
  sender.clock.advance(60_000);
  const second = sender.body.next();
  sender.send("more");
  assertEquals(decoder.decode(await second ?? new Uint8Array()), "more");
  const third = sender.body.next();
  sender.clock.advance(11_000);
  assertEquals((await assertRejects(() => third, GatewayError)).code, "request_timeout");
  assert(sender.cancelled);
});

Deno.test("a body that trickles is given up", async () => {
  const sender = new Sender();
  const error = await assertRejects(async () => {
    for (;;) {
      const next = sender.body.next();
      sender.clock.advance(4_000);
      sender.send("x");
      await next;
    }
  }, GatewayError);
  assertEquals([error.code, sender.body.total], ["request_timeout", 3]);
});
