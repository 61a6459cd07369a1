/** Spellings of one address of this machine: what filters have been known to take for something else. */

/** IPv4 addresses that lead to this machine, its network, or a cloud's metadata. */
const TARGETS = [
  "127.0.0.1",
  "127.0.0.2",
  "127.127.127.127",
  "0.0.0.0",
  "169.254.169.254",
  "10.0.0.1",
  "192.168.0.1",
];

const NAMES = [
  ...["localhost", "LOCALHOST", "lOcAlHoSt", "localhost.", "localhost.localdomain", "ip6-localhost"],
  ...["ｌｏｃａｌｈｏｓｔ", "ⓛⓞⓒⓐⓛⓗⓞⓢⓣ", "loc%61lhost", "%6c%6f%63%61%6c%68%6f%73%74", "localhost%2e"],
  ...["127.0.0.1.nip.io", "rebind.test", "metadata.google.internal", "metadata"],
];

const IPV6 = [
  ...["[::1]", "[0:0:0:0:0:0:0:1]", "[0000::0001]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]"],
  ...[
    "[::ffff:0:127.0.0.1]",
    "[::127.0.0.1]",
    "[64:ff9b::127.0.0.1]",
    "[64:ff9b::7f00:1]",
    "[2002:7f00:1::]",
  ],
  ...["[fd00:ec2::254]", "[fe80::1]", "[::FFFF:A9FE:A9FE]", "[0:0:0:0:0:ffff:127.0.0.1]"],
];

/** Hosts, at least 100 of them. */
export function hosts(): string[] {
  return [...new Set([...TARGETS.flatMap(spellings), ...NAMES, ...IPV6])];
}

/** URLs of a port, at least 500: each host in several shapes of a URL. @param ok a host that a filter would let pass. */
export function urls(port: number, ok = "api.openai.com"): string[] {
  return hosts().flatMap((host) => [
    `http://${host}:${port}/secret`,
    `http://${ok}@${host}:${port}/`,
    `http://${ok}:443@${host}:${port}/v1`,
    `http://${host}:${port}#@${ok}/`,
    `http://${host}:${port}?@${ok}/`,
    `//${host}:${port}/`,
    `http:\\\\${host}:${port}\\`,
    `  http://${host}:${port}/\t`,
    `https://${host}:${port}/`,
  ]);
}

/** One IPv4 address in other notations: decimal, octal, hexadecimal, shortened, overflowing, with dots and digits of other scripts. */
function spellings(address: string): string[] {
  const bytes = address.split(".").map(Number);
  const number = bytes.reduce((sum, byte) => sum * 256 + byte, 0);
  const [a = 0, b = 0, c = 0, d = 0] = bytes;
  return [
    address,
    `${address}.`,
    String(number),
    String(number + 2 ** 32),
    `0x${number.toString(16)}`,
    `0X${number.toString(16).toUpperCase()}`,
    `0${number.toString(8)}`,
    bytes.map((byte) => `0x${byte.toString(16)}`).join("."),
    bytes.map((byte) => `0${byte.toString(8)}`).join("."),
    bytes.map((byte) => `000${byte.toString(8)}`).join("."),
    `0x${a.toString(16)}.${b}.0${c.toString(8)}.${d}`,
    `${a}.${b * 65536 + c * 256 + d}`,
    `${a}.${b}.${c * 256 + d}`,
    address.replaceAll(".", "。"),
    address.replaceAll(".", "．"),
    address.replace(/\d/g, (digit) => String.fromCodePoint(0xff10 + Number(digit))),
    address.replace(/\d/g, (digit) => "⓪①②③④⑤⑥⑦⑧⑨".charAt(Number(digit))),
    address.replaceAll(".", "%2e"),
    `${address}%00.example.com`,
    `${address}%20`,
  ];
}
