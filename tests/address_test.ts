import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { Network, parseAddress, plainAddress } from "../lib/address.ts";

Deno.test("parseAddress() reads every form of an address", () => {
  const table: [string, number[] | null][] = [
    ["192.0.2.1", [192, 0, 2, 1]],
    ["255.255.255.255", [255, 255, 255, 255]],
    ["::1", [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]],
    ["::", [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]],
    ["2001:DB8::a:b", [0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xa, 0, 0xb]],
    ["1:2:3:4:5:6:7:8", [0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0, 7, 0, 8]],
    ["64:ff9b::192.0.2.1", [0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0, 192, 0, 2, 1]],
    ["::ffff:192.0.2.1", [192, 0, 2, 1]],
    ["192.0.2", null],
    ["192.0.2.256", null],
    ["192.0.2.01", null],
    ["192.0.2.1 ", null],
    ["1:2:3", null],
    ["1::2::3", null],
    ["1:2:3:4:5:6:7:8:9", null],
    ["1:2:3:4::5:6:7:8", null],
    ["12345::", null],
    ["1.2.3.4::", null],
    ["fe80::1%eth0", null],
    ["localhost", null],
    ["", null],
  ];
  for (const [text, bytes] of table) {
    assertEquals(parseAddress(text), bytes === null ? null : new Uint8Array(bytes), text);
  }
});

Deno.test("parseAddress() never throws", () => {
  fc.assert(fc.property(fc.string(), (text) => void parseAddress(text)));
  fc.assert(fc.property(fc.stringMatching(/^[0-9a-f:.]*$/), (text) => void parseAddress(text)));
});

Deno.test("plainAddress() shows an IPv4 address on an IPv6 socket as what it is", () => {
  assertEquals(plainAddress("::ffff:192.0.2.1"), "192.0.2.1");
  assertEquals(plainAddress("::ffff:1"), "::ffff:1");
  assertEquals(plainAddress("192.0.2.1"), "192.0.2.1");
});

Deno.test("Network.contains() compares the network's bits alone", () => {
  const table: [string, string, boolean][] = [
    ["10.0.0.0/8", "10.255.0.1", true],
    ["10.0.0.0/8", "11.0.0.1", false],
    ["192.168.4.0/22", "192.168.7.255", true],
    ["192.168.4.0/22", "192.168.8.0", false],
    ["0.0.0.0/0", "203.0.113.9", true],
    ["0.0.0.0/0", "::1", false],
    ["127.0.0.1", "127.0.0.1", true],
    ["127.0.0.1", "127.0.0.2", false],
    ["fd00::/8", "fdff::1", true],
    ["2001:db8::/33", "2001:db8:8000::1", false],
    ["::1", "::1", true],
  ];
  for (const [network, address, inside] of table) {
    const bytes = parseAddress(address);
    assertEquals(bytes !== null && new Network(network).contains(bytes), inside, `${address} in ${network}`);
  }
});

Deno.test("Network throws on what is no network", () => {
  for (const text of ["", "10.0.0.0/33", "::/129", "10.0.0.0/", "10.0.0.0/8/8", "10.0.0.0/-1", "host/8"]) {
    assertThrows(() => new Network(text), TypeError, `Cannot read network "${text}"`);
  }
});
