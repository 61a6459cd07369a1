import type { Candidate, Found } from "./found.ts";
import { isDigit, isLetter } from "./digits.ts";

const LONGEST_LOCAL = 64;
const LONGEST_DOMAIN = 253;
/** How far an address may reach from its `@` on. */
export const DOMAIN_REACH = LONGEST_DOMAIN + 2;
/** What looks like a top-level domain and is a file: `logo@2x.png`. */
const FILES = new Set(["png", "jpg", "jpeg", "gif", "webp", "svg", "css", "js", "ts", "json", "html", "pdf"]);

/** An address within a word that has an `@`. @see https://www.rfc-editor.org/rfc/rfc5321 */
export function email({ text, start, wordEnd }: Candidate): Found | null {
  for (let at = text.indexOf("@", start); at >= 0 && at < wordEnd; at = text.indexOf("@", at + 1)) {
    const from = localFrom(text, at, start);
    if (from === at) continue;
    const end = domainEnd(text, at + 1, wordEnd);
    if (end === 0) continue;
    // Not somebody's: how git names a server.
    if (text.slice(from, at) === "git" && text.charAt(end) === ":") continue;
    return { type: "email", start: from, end };
  }
  return null;
}

function localFrom(text: string, at: number, start: number): number {
  let from = at;
  while (from > start && text.charCodeAt(from - 1) !== 64) {
    if (at - from >= LONGEST_LOCAL) return at;
    from--;
  }
  while (from < at && ".-_%".includes(text.charAt(from))) from++;
  return text.charAt(at - 1) === "." ? at : from;
}

/** After the domain's last character; 0: it is none. */
function domainEnd(text: string, from: number, wordEnd: number): number {
  let end = from;
  let label = from;
  let lastDot = -1;
  const furthest = Math.min(wordEnd, from + LONGEST_DOMAIN);
  for (; end < furthest; end++) {
    const code = text.charCodeAt(end);
    if (code === 46) {
      if (end === label) break;
      lastDot = end;
      label = end + 1;
    } else if (!isDigit(code) && !isLetter(code) && code !== 45 && code < 0xc0) break;
  }
  while (end > from && ".-".includes(text.charAt(end - 1))) {
    end--;
    if (end === lastDot) lastDot = text.lastIndexOf(".", end - 1);
  }
  if (lastDot <= from || lastDot >= end) return 0;
  const top = text.slice(lastDot + 1, end);
  if (top.length < 2 || top.length > 63 || FILES.has(top.toLowerCase())) return 0;
  const isName = top.startsWith("xn--") ||
    [...top].every((letter) => !isDigit(letter.charCodeAt(0)) && letter !== "-");
  return isName ? end : 0;
}
