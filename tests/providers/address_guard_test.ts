import { assertEquals } from "@std/assert";
import { isPermitted } from "../../lib/providers/address_guard.ts";

const PUBLIC = [
  "1.1.1.1",
  "8.8.8.8",
  "172.15.255.255",
  "172.32.0.1",
  "223.255.255.255",
  "2606:4700::1111",
  "64:ff9b::8.8.8.8",
  "2002:808:808::1",
  "::ffff:8.8.8.8",
];

const PRIVATE = [
  ...["0.0.0.0", "0.1.2.3", "10.0.0.1", "100.64.0.1", "100.127.255.255", "127.0.0.1", "127.255.255.255"],
  ...[
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.1",
    "192.0.2.1",
    "192.168.1.1",
    "198.18.0.1",
    "198.19.255.255",
  ],
  ...["198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255"],
  ...[
    "::",
    "::1",
    "::ffff:127.0.0.1",
    "::ffff:7f00:1",
    "::ffff:0:127.0.0.1",
    "::127.0.0.1",
    "fc00::1",
    "fd12::1",
  ],
  ...["fec0::1", "ff02::1", "100::1", "2001::1", "2001:db8::1", "2001:20::1", "3fff::1", "5f00::1"],
  ...[
    "64:ff9b::127.0.0.1",
    "64:ff9b::10.0.0.1",
    "64:ff9b:1::10.0.0.1",
    "2002:7f00:1::1",
    "2002:a00:1::",
    "4000::1",
  ],
];

const METADATA = [
  ...["169.254.169.254", "169.254.170.2", "169.254.0.1", "100.100.100.200", "168.63.129.16", "192.0.0.192"],
  ...["fd00:ec2::254", "fd20:ce::254", "fe80::1", "febf::1", "::ffff:169.254.169.254", "::ffff:a9fe:a9fe"],
  ...["64:ff9b::169.254.169.254", "2002:a9fe:a9fe::", "::169.254.169.254"],
];

/** Not addresses: whoever connected to these would have them resolved once more. */
const NONE = [
  "",
  "localhost",
  "127.1",
  "0x7f000001",
  "2130706433",
  "0177.0.0.1",
  "fe80::1%eth0",
  "1.2.3.4.5",
  "[::1]",
  "1.1.1.1 ",
];

Deno.test("isPermitted() knows the internet's addresses from others", () => {
  for (const address of PUBLIC) {
    assertEquals([isPermitted("public", address), isPermitted("any", address)], [true, true], address);
  }
  for (const address of PRIVATE) {
    assertEquals([isPermitted("public", address), isPermitted("any", address)], [false, true], address);
  }
});

Deno.test("isPermitted() never lets through where machines are told their credentials, nor what is no address", () => {
  for (const address of [...METADATA, ...NONE]) {
    assertEquals([isPermitted("public", address), isPermitted("any", address)], [false, false], address);
  }
});
