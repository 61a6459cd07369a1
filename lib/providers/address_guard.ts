import { Network, parseAddress } from "../address.ts";

/**
 * Which addresses a provider's name may have. `public`: those of the internet. `any`: all but those at which machines
 * are told their credentials, to which no provider's name leads by right.
 */
export type AddressPolicy = "any" | "public";

/** Whether a connection may be made to an address that a name resolved to. */
export function isPermitted(policy: AddressPolicy, address: string): boolean {
  const bytes = parseAddress(address);
  // What is no address would be resolved once more, by whoever connects.
  if (bytes === null) return false;
  const meant = [bytes, ...embedded(bytes)];
  if (meant.some((it) => isIn(METADATA, it))) return false;
  return policy === "any" ||
    meant.every((it) => it.length === 4 ? !isIn(PRIVATE_IPV4, it) : isPublicIpv6(it));
}

/** Link-local addresses, where clouds have their metadata, and those of clouds that have them elsewhere. */
const METADATA = networks(
  "169.254.0.0/16",
  "fe80::/10",
  "fd00:ec2::254",
  "fd20:ce::254",
  "100.100.100.200",
  "168.63.129.16",
  "192.0.0.192",
);

/** @see https://www.iana.org/assignments/iana-ipv4-special-registry */
const PRIVATE_IPV4 = networks(
  "0.0.0.0/8",
  "10.0.0.0/8",
  "100.64.0.0/10",
  "127.0.0.0/8",
  "169.254.0.0/16",
  "172.16.0.0/12",
  "192.0.0.0/24",
  "192.0.2.0/24",
  "192.88.99.0/24",
  "192.168.0.0/16",
  "198.18.0.0/15",
  "198.51.100.0/24",
  "203.0.113.0/24",
  "224.0.0.0/3",
);

/** Global unicast, and the well-known prefix of NAT64. @see https://www.iana.org/assignments/ipv6-address-space */
const PUBLIC_IPV6 = networks("2000::/3", "64:ff9b::/96");
/** Of these what is not for the internet. @see https://www.iana.org/assignments/iana-ipv6-special-registry */
const PRIVATE_IPV6 = networks("2001::/23", "2001:db8::/32", "3fff::/20");

/** Prefixes behind which an IPv4 address stands, and where: mapped, translated, compatible, NAT64, 6to4. */
const EMBEDDINGS: readonly (readonly [Network, number])[] = [
  [new Network("::ffff:0:0/96"), 12],
  [new Network("::ffff:0:0:0/96"), 12],
  [new Network("::/96"), 12],
  [new Network("64:ff9b::/96"), 12],
  [new Network("64:ff9b:1::/48"), 12],
  [new Network("2002::/16"), 2],
];

function isPublicIpv6(bytes: Uint8Array): boolean {
  return isIn(PUBLIC_IPV6, bytes) && !isIn(PRIVATE_IPV6, bytes);
}

function embedded(bytes: Uint8Array): Uint8Array[] {
  return EMBEDDINGS.flatMap(([network, at]) => network.contains(bytes) ? [bytes.subarray(at, at + 4)] : []);
}

function isIn(list: readonly Network[], bytes: Uint8Array): boolean {
  return list.some((network) => network.contains(bytes));
}

function networks(...texts: string[]): Network[] {
  return texts.map((text) => new Network(text));
}
