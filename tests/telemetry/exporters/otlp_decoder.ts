/** Reads OTLP's trace request from protocol buffers by a table of its fields, independent of what wrote it. */

type Kind = "bytes" | "string" | "uint" | "int64" | "bool" | "double" | "fixed32" | "fixed64";
type Schema = {
  readonly [field: number]: readonly [name: string, kind: Kind | (() => Schema), repeated?: true];
};

const ANY_VALUE: Schema = {
  1: ["stringValue", "string"],
  2: ["boolValue", "bool"],
  3: ["intValue", "int64"],
  4: ["doubleValue", "double"],
  5: ["arrayValue", () => ({ 1: ["values", () => ANY_VALUE, true] })],
};
const KEY_VALUE: Schema = { 1: ["key", "string"], 2: ["value", () => ANY_VALUE] };
const RESOURCE: Schema = { 1: ["attributes", () => KEY_VALUE, true], 2: ["droppedAttributesCount", "uint"] };
const SCOPE: Schema = { 1: ["name", "string"], 2: ["version", "string"] };
const EVENT: Schema = {
  1: ["timeUnixNano", "fixed64"],
  2: ["name", "string"],
  3: ["attributes", () => KEY_VALUE, true],
  4: ["droppedAttributesCount", "uint"],
};
const STATUS: Schema = { 2: ["message", "string"], 3: ["code", "uint"] };
const SPAN: Schema = {
  1: ["traceId", "bytes"],
  2: ["spanId", "bytes"],
  3: ["traceState", "string"],
  4: ["parentSpanId", "bytes"],
  5: ["name", "string"],
  6: ["kind", "uint"],
  7: ["startTimeUnixNano", "fixed64"],
  8: ["endTimeUnixNano", "fixed64"],
  9: ["attributes", () => KEY_VALUE, true],
  10: ["droppedAttributesCount", "uint"],
  11: ["events", () => EVENT, true],
  12: ["droppedEventsCount", "uint"],
  14: ["droppedLinksCount", "uint"],
  15: ["status", () => STATUS],
  16: ["flags", "fixed32"],
};
const SCOPE_SPANS: Schema = { 1: ["scope", () => SCOPE], 2: ["spans", () => SPAN, true] };
const RESOURCE_SPANS: Schema = {
  1: ["resource", () => RESOURCE],
  2: ["scopeSpans", () => SCOPE_SPANS, true],
};
const REQUEST: Schema = { 1: ["resourceSpans", () => RESOURCE_SPANS, true] };

export type Message = { [name: string]: unknown };

/** @throws {Error} on a field that the table does not know or bytes that end too early. */
export function decodeRequest(bytes: Uint8Array): Message {
  return decode(bytes, REQUEST);
}

/** All spans of a request. */
export function spansOf(request: Message): Message[] {
  const list = (value: unknown) => (value ?? []) as Message[];
  return list(request["resourceSpans"]).flatMap((resource) =>
    list(resource["scopeSpans"]).flatMap((scope) => list(scope["spans"]))
  );
}

function decode(bytes: Uint8Array, schema: Schema): Message {
  const message: Message = {};
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n;; shift += 7n) {
      const byte = bytes[at++];
      if (byte === undefined) throw new Error("Cannot decode: a number is cut off");
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return value;
    }
  };
  while (at < bytes.length) {
    const tag = Number(varint());
    const row = schema[tag >>> 3];
    if (row === undefined) throw new Error(`Cannot decode: unknown field ${tag >>> 3}`);
    const [name, kind, repeated] = row;
    let value: unknown;
    switch (tag & 7) {
      case 0: {
        const number = varint();
        value = kind === "bool"
          ? number !== 0n
          : kind === "int64"
          ? BigInt.asIntN(64, number)
          : Number(number);
        break;
      }
      case 1:
        value = kind === "double" ? view.getFloat64(at, true) : view.getBigUint64(at, true);
        at += 8;
        break;
      case 5:
        value = view.getUint32(at, true);
        at += 4;
        break;
      case 2: {
        const length = Number(varint());
        if (at + length > bytes.length) throw new Error(`Cannot decode: field ${name} is cut off`);
        const part = bytes.subarray(at, at + length);
        at += length;
        if (kind === "string") value = new TextDecoder("utf-8", { fatal: true }).decode(part);
        else if (kind === "bytes") {
          value = [...part].map((byte) => byte.toString(16).padStart(2, "0")).join("");
        } else value = decode(part, (kind as () => Schema)());
        break;
      }
      default:
        throw new Error(`Cannot decode: wire type ${tag & 7}`);
    }
    if (repeated) message[name] = [...(message[name] as unknown[] | undefined ?? []), value];
    else message[name] = value;
  }
  return message;
}
