import { assertEquals, assertThrows } from "@std/assert";
import { Buffer } from "node:buffer";
import fc from "fast-check";
import { Http2Error } from "../../../lib/providers/http2/frames.ts";
import { HpackDecoder, TOO_LONG } from "../../../lib/providers/http2/hpack_decoder.ts";
import { encodeHeaders } from "../../../lib/providers/http2/hpack_encoder.ts";
import { decodeHuffman } from "../../../lib/providers/http2/huffman.ts";

function bytes(hex: string): Uint8Array {
  return Buffer.from(hex.replaceAll(/\s/g, ""), "hex");
}

function decoded(decoder: HpackDecoder, block: Uint8Array): string[] {
  const list = decoder.decode(block);
  if (list === TOO_LONG) throw new Error("Cannot show the headers: they are too long");
  return list.map((each) => each.toString("latin1"));
}

/** The examples of RFC 7541, appendix C: what one connection sends, block after block. */
const EXAMPLES: { name: string; blocks: [hex: string, headers: string[]][] }[] = [
  {
    name: "C.2.1, a literal that is kept",
    blocks: [["400a 6375 7374 6f6d 2d6b 6579 0d63 7573 746f 6d2d 6865 6164 6572", [
      "custom-key",
      "custom-header",
    ]]],
  },
  {
    name: "C.2.3, a literal that is never kept",
    blocks: [["1008 7061 7373 776f 7264 0673 6563 7265 74", ["password", "secret"]]],
  },
  {
    name: "C.4, requests with Huffman codes",
    blocks: [
      [
        "8286 8441 8cf1 e3c2 e5f2 3a6b a0ab 90f4 ff",
        [":method", "GET", ":scheme", "http", ":path", "/", ":authority", "www.example.com"],
      ],
      [
        "8286 84be 5886 a8eb 1064 9cbf",
        [
          ":method",
          "GET",
          ":scheme",
          "http",
          ":path",
          "/",
          ":authority",
          "www.example.com",
          "cache-control",
          "no-cache",
        ],
      ],
      [
        "8287 85bf 4088 25a8 49e9 5ba9 7d7f 8925 a849 e95b b8e8 b4bf",
        [
          ":method",
          "GET",
          ":scheme",
          "https",
          ":path",
          "/index.html",
          ":authority",
          "www.example.com",
          "custom-key",
          "custom-value",
        ],
      ],
    ],
  },
];

for (const { name, blocks } of EXAMPLES) {
  Deno.test(`HpackDecoder reads the RFC's example ${name}`, () => {
    const decoder = new HpackDecoder();
    for (const [hex, headers] of blocks) assertEquals(decoded(decoder, bytes(hex)), headers);
  });
}

const WRONG: [name: string, hex: string][] = [
  ["an index that is nothing", "80"],
  ["an index beyond the tables", "ff 80 01"],
  ["a number that is cut off", "ff"],
  ["a number without end", "ff ff ff ff ff ff ff ff"],
  ["a string that is cut off", "40 05 61"],
  ["a table that is larger than we allow", "3f e2 1f"],
  ["Huffman padding of a whole byte", "40 01 61 82 1f ff"],
  ["Huffman padding that is not ones", "40 01 61 81 18"],
  ["the end of a string within it", "40 01 61 84 ff ff ff ff"],
];

for (const [name, hex] of WRONG) {
  Deno.test(`HpackDecoder refuses ${name}`, () => {
    assertThrows(() => new HpackDecoder().decode(bytes(hex)), Http2Error);
  });
}

Deno.test("HpackDecoder forgets what does not fit the table any more", () => {
  const decoder = new HpackDecoder();
  const kept = (name: string, value: string) =>
    Buffer.concat([
      Buffer.from([0x40, name.length]),
      Buffer.from(name),
      Buffer.from([0x7f, ...lengthOf(value)]),
      Buffer.from(value),
    ]);
  const lengthOf = (
    value: string,
  ) => [(value.length - 127) % 128 | 0x80, Math.floor((value.length - 127) / 128)];
  decoder.decode(kept("a", "x".repeat(3000)));
  assertEquals(decoded(decoder, bytes("be"))[0], "a");
  decoder.decode(kept("b", "y".repeat(3000)));
  assertEquals(decoded(decoder, bytes("be"))[0], "b");
  assertThrows(() => decoder.decode(bytes("bf")), Http2Error);
  decoder.decode(bytes("20"));
  assertThrows(() => decoder.decode(bytes("be")), Http2Error);
});

Deno.test("HpackDecoder says that a list is too long, and reads on", () => {
  const decoder = new HpackDecoder();
  const block = encodeHeaders(Array.from({ length: 100 }, (_, i) => [`x-${i}`, "v".repeat(1000)]).flat());
  assertEquals(decoder.decode(block), TOO_LONG);
  assertEquals(decoded(decoder, encodeHeaders(["x", "y"])), ["x", "y"]);
});

Deno.test("what encodeHeaders() writes, HpackDecoder reads", () => {
  const latin1 = fc.string({
    unit: fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code)),
    maxLength: 400,
  });
  const name = fc.oneof(fc.constantFrom(":path", "authorization", "content-type", ":method"), latin1);
  const value = fc.oneof(fc.constantFrom("POST", "/", "https"), latin1);
  fc.assert(fc.property(fc.array(fc.tuple(name, value)), (pairs) => {
    const headers = pairs.flat();
    assertEquals(decoded(new HpackDecoder(), encodeHeaders(headers)), headers);
  }));
});

/** Every byte once, as another implementation (hpack 4 of PyPI) encodes it. */
const EVERY_BYTE =
  "ffc7fffd8fffffe2fffffe3fffffe4fffffe5fffffe6fffffe7fffffe8ffffeafffffff3fffffa7fffffabffffffdfffffeb" +
  "fffffecfffffedfffffeefffffefffffff0ffffff1ffffff2fffffffbfffffcffffffd3fffffd7fffffdbfffffdffffffe3f" +
  "ffffe7fffffebfffffed4fe3f9ffaffcabf1febfafefe7fdfd2cbb00089969b71d79fb9f7fff20ffbff3ff50ddbd7f061c58" +
  "f265cd9f469d5af66dddbf871e5f9cff7ff7fffc3ff9ffe45fff4719242cb34e6e9d68a6a3d7dac426defe3cfaf7fffbfe7f" +
  "fbffdffffffcfffe6ffff4bfff9ffffa3fffd3ffff53fffd5ffffb3fffeb7fffdaffffb7ffff73fffeeffffdeffffebffffb" +
  "fffffd9ffffdbfffebffffe0ffffeeffffc3ffff8bffff1ffffe4fffee7fffb1ffff97fffd9ffffcdffff9fffffbffffdaff" +
  "feeffff4ffffb7fffee7fffe8ffffd3fffdeffffd5fffeeffffbdffffe1fffdfffff7fffff5ffffecffff07fff87fffe0fff" +
  "f17fffedffff87ffff77fffeffffeaffff8bfffe3ffff93ffff87fffcbffff37ffff1fffff83ffffe1fffebfffe3ffff3fff" +
  "ff2ffffa3ffffd9fffff17ffffc7fffff27ffffdefffffbffffff2fffff8fffffb7fff97fff8fffffe6fffffc1fffff87fff" +
  "fe7fffffc5ffffe5fffe4ffff2fffffd1fffff4ffffffefffffe3fffffc9fffff97fffb3ffffcffffb7fffcdffff4ffff9ff" +
  "ffd1ffffcffffeaffffafffffddffffeffffff4fffff5fffffabffffa7ffffd7fffff9bffffecfffffb7fffff3fffffe8fff" +
  "ffd3fffffabfffff5fffffff7ffffecfffffdbfffffbbfffff7ffffff0fffffbbf";

Deno.test("decodeHuffman() knows the code of every byte", () => {
  assertEquals([...decodeHuffman(bytes(EVERY_BYTE))], Array.from({ length: 256 }, (_, byte) => byte));
});

Deno.test("decodeHuffman() never throws anything else than an Http2Error", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 60 }), (given) => {
    try {
      decodeHuffman(given);
    } catch (error) {
      if (!(error instanceof Http2Error)) throw error;
    }
  }));
});
