import type { Candidate, Found } from "./found.ts";

interface Prefix {
  readonly prefix: string;
  /** Fewest characters after it. */
  readonly rest: number;
  readonly form: RegExp;
}

const ANY = /^[A-Za-z0-9_-]+$/;
const ALPHANUMERIC = /^[A-Za-z0-9]+$/;
const UPPER = /^[A-Z0-9]+$/;
const HEX = /^[0-9a-f]+$/;
const DOTTED = /^[A-Za-z0-9_.-]+$/;

/** How keys and tokens begin. The longer prefix stands first. */
const PREFIXES: readonly Prefix[] = [
  { prefix: "sk-", rest: 16, form: ANY },
  { prefix: "sk_live_", rest: 16, form: ANY },
  { prefix: "sk_test_", rest: 16, form: ANY },
  { prefix: "rk_live_", rest: 16, form: ANY },
  { prefix: "whsec_", rest: 24, form: ANY },
  { prefix: "ghp_", rest: 30, form: ALPHANUMERIC },
  { prefix: "gho_", rest: 30, form: ALPHANUMERIC },
  { prefix: "ghu_", rest: 30, form: ALPHANUMERIC },
  { prefix: "ghs_", rest: 30, form: ALPHANUMERIC },
  { prefix: "ghr_", rest: 30, form: ALPHANUMERIC },
  { prefix: "github_pat_", rest: 40, form: ANY },
  { prefix: "glpat-", rest: 20, form: ANY },
  { prefix: "AKIA", rest: 16, form: UPPER },
  { prefix: "ASIA", rest: 16, form: UPPER },
  { prefix: "xoxb-", rest: 20, form: ANY },
  { prefix: "xoxp-", rest: 20, form: ANY },
  { prefix: "xoxa-", rest: 20, form: ANY },
  { prefix: "xoxr-", rest: 20, form: ANY },
  { prefix: "xoxs-", rest: 20, form: ANY },
  { prefix: "xapp-", rest: 20, form: ANY },
  { prefix: "AIza", rest: 35, form: ANY },
  { prefix: "ya29.", rest: 20, form: DOTTED },
  { prefix: "hf_", rest: 30, form: ALPHANUMERIC },
  { prefix: "gsk_", rest: 40, form: ALPHANUMERIC },
  { prefix: "r8_", rest: 30, form: ALPHANUMERIC },
  { prefix: "pplx-", rest: 30, form: ALPHANUMERIC },
  { prefix: "xai-", rest: 40, form: ALPHANUMERIC },
  { prefix: "npm_", rest: 36, form: ALPHANUMERIC },
  { prefix: "pypi-", rest: 50, form: ANY },
  { prefix: "SG.", rest: 40, form: DOTTED },
  { prefix: "shpat_", rest: 32, form: HEX },
  { prefix: "dop_v1_", rest: 64, form: HEX },
  { prefix: "dapi", rest: 32, form: HEX },
  { prefix: "glsa_", rest: 32, form: ANY },
  { prefix: "lin_api_", rest: 32, form: ALPHANUMERIC },
  { prefix: "sq0atp-", rest: 22, form: ANY },
  { prefix: "tvly-", rest: 20, form: ANY },
];

const JWT = /^eyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{6,}\.[A-Za-z0-9_-]*$/;
/** Words before something that only looks random. */
const WORDS =
  /(?:password|passwd|passwort|secret|api[ _-]?key|access[ _-]?key|token|bearer|contraseña|mot de passe)\W{0,4}(?:is|ist|es|est)?\W{0,4}$/;
/** Bits a character, by how often each stands in it: names and words joined by hyphens have less. */
const PREFIXED_BITS = 2.5;
const UNNAMED_BITS = 3.5;
const SHORTEST = 16;
const SAMPLE = 128;

/** Keys and tokens by how they begin; others by the word before them and how random they are. */
export function secret({ text, start, wordEnd, context }: Candidate): Found | null {
  let end = wordEnd;
  while (end > start && ".-".includes(text.charAt(end - 1))) end--;
  if (end - start < SHORTEST) return null;
  const word = text.slice(start, end);
  const found = { type: "secret", start, end };
  if (word.startsWith("eyJ") && JWT.test(word)) return found;
  for (const { prefix, rest, form } of PREFIXES) {
    if (!word.startsWith(prefix)) continue;
    const secret = word.slice(prefix.length);
    if (secret.length >= rest && form.test(secret) && /\d/.test(secret) && entropy(secret) >= PREFIXED_BITS) {
      return found;
    }
  }
  if (/^[0-9a-fA-F-]+$/.test(word) || !/[a-z]/i.test(word) || entropy(word) < UNNAMED_BITS) return null;
  return WORDS.test(context().slice(-32)) ? found : null;
}

/** Shannon's, bits a character, of the first ones. */
function entropy(text: string): number {
  const counts = new Map<string, number>();
  const length = Math.min(text.length, SAMPLE);
  for (let i = 0; i < length; i++) counts.set(text.charAt(i), (counts.get(text.charAt(i)) ?? 0) + 1);
  let bits = 0;
  for (const count of counts.values()) bits -= count / length * Math.log2(count / length);
  return bits;
}

const PEM_BEGIN = /-----BEGIN (?:[A-Z0-9]{1,12} ){0,3}PRIVATE KEY(?: BLOCK)?-----/y;
const PEM_END = /-----END (?:[A-Z0-9]{1,12} ){0,3}PRIVATE KEY(?: BLOCK)?-----/;
/** As much as a private key takes. */
export const PEM_REACH = 16 * 1024;
/** The longest first line of one. */
const PEM_HEAD = 80;
const SHORTEST_KEY = 40;

/**
 * Where a private key ends: after its last line, or at `limit` where that is cut off; 0: none begins here, NaN: its
 * last line may be yet to come.
 */
export function privateKeyEnd(text: string, start: number, limit: number, goesOn: boolean): number {
  PEM_BEGIN.lastIndex = start;
  const head = PEM_BEGIN.exec(text);
  if (head === null) return goesOn && limit - start < PEM_HEAD ? NaN : 0;
  const from = start + head[0].length;
  const tail = PEM_END.exec(text.slice(from, limit));
  if (tail === null && goesOn) return NaN;
  const end = tail === null ? limit : from + tail.index + tail[0].length;
  return end - from < SHORTEST_KEY ? 0 : end;
}
