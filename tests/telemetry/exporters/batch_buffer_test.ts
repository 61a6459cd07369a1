import { assertEquals } from "@std/assert";
import { BatchBuffer } from "../../../lib/telemetry/exporters/batch_buffer.ts";
import { OtlpEnvelope, RECORD } from "../../../lib/telemetry/exporters/otlp_envelope.ts";
import { ProtoWriter } from "../../../lib/telemetry/exporters/proto_writer.ts";

const envelope = new OtlpEnvelope({ "service.name": "test" }, { name: "scope", version: "1" });

function records(texts: readonly string[]): Uint8Array {
  const writer = new ProtoWriter();
  for (const text of texts) writer.string(RECORD, text);
  return writer.finish();
}

function fill(batch: BatchBuffer, texts: readonly string[]): void {
  for (const text of texts) batch.writer.string(RECORD, text);
}

Deno.test("BatchBuffer hands over what the envelope would wrap, batch after batch, in memory that is used again", () => {
  const batch = new BatchBuffer(envelope);
  const buffers = new Set<ArrayBuffer>();
  for (let i = 0; i < 20; i++) {
    const texts = Array.from({ length: i * 7 }, (_, n) => `record ${i} ${n} ${"x".repeat(n * 11)}`);
    fill(batch, texts);
    const body = batch.take();
    assertEquals(body, envelope.wrap(records(texts)));
    buffers.add(body.buffer);
    batch.release(body);
  }
  assertEquals(buffers.size < 5, true, `${buffers.size} buffers`);
});

Deno.test("BatchBuffer leaves a batch alone until it is released", () => {
  const batch = new BatchBuffer(envelope);
  fill(batch, ["first"]);
  const first = batch.take();
  fill(batch, ["second"]);
  const second = batch.take();
  fill(batch, ["third"]);
  assertEquals(first, envelope.wrap(records(["first"])));
  batch.release(first);
  assertEquals(second, envelope.wrap(records(["second"])));
  assertEquals(batch.take(), envelope.wrap(records(["third"])));
});
