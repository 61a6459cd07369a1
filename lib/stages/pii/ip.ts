import { isDigit } from "./digits.ts";
import type { Candidate, Found } from "./found.ts";

/** What makes four numbers with dots something else. */
const NO_ADDRESS =
  /version|release|build|firmware|section|chapter|driver|kapitel|§|(?:^|[^\p{L}\p{N}])v\.?\s?$/u;
const NEAR = 20;

/** Four decimal numbers. Those that mean "this machine" or "nobody" are no one's. */
export function ipv4({ text, start, wordEnd, context }: Candidate): Found | null {
  let at = start;
  const octets: number[] = [];
  for (;;) {
    const from = at;
    let value = 0;
    while (at < wordEnd && at - from < 4 && isDigit(text.charCodeAt(at))) {
      value = value * 10 + text.charCodeAt(at++) - 48;
    }
    const length = at - from;
    if (length === 0 || value > 255 || (length > 1 && text.charCodeAt(from) === 48)) return null;
    octets.push(value);
    if (octets.length === 4) break;
    if (text.charCodeAt(at++) !== 46) return null;
  }
  const rest = text.slice(at, wordEnd);
  if (rest !== "" && !/^\.+$/.test(rest)) return null;
  if (octets[0] === 127 || octets[0] === 0 || octets[0] === 255) return null;
  const before = context().slice(-NEAR);
  if (NO_ADDRESS.test(before)) return null;
  return { type: "ip", start, end: at };
}

/** How far an IPv6 address may reach. */
export const IPV6_REACH = 46;

export function isAddressCharacter(code: number): boolean {
  return isDigit(code) || (code >= 65 && code <= 70) || (code >= 97 && code <= 102) || code === 58 ||
    code === 46;
}

/** Eight groups of hexadecimal digits, or fewer with `::`. @see https://www.rfc-editor.org/rfc/rfc4291#section-2.2 */
export function ipv6(text: string, start: number, end: number): Found | null {
  while (
    end > start &&
    (text.charAt(end - 1) === "." || (text.charAt(end - 1) === ":" && text.charAt(end - 2) !== ":"))
  ) end--;
  const address = text.slice(start, end);
  const gap = address.indexOf("::");
  if (gap !== address.lastIndexOf("::")) return null;
  const groups = address.split(":");
  const last = groups.at(-1) ?? "";
  const embedded = last.includes(".");
  if (embedded && !/^\d{1,3}(\.\d{1,3}){3}$/.test(last)) return null;
  const hexadecimal = embedded ? groups.slice(0, -1) : groups;
  const given = hexadecimal.filter((group) => group !== "");
  if (given.some((group) => !/^[0-9a-fA-F]{1,4}$/.test(group))) return null;
  const count = given.length + (embedded ? 2 : 0);
  if (gap < 0 ? count !== 8 || given.length !== hexadecimal.length : count > 7) return null;
  // `::` and `::1` are nobody's; `a::b` alone is how languages spell a name.
  if (gap >= 0 && (count < 2 || !/\d/.test(address))) return null;
  return { type: "ip", start, end };
}
