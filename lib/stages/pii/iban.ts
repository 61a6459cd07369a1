import { mod97 } from "./checksums.ts";
import { endsAt } from "./digits.ts";
import type { Candidate, Found } from "./found.ts";

/** Characters of each country's IBAN. @see https://www.swift.com/standards/data-standards/iban-international-bank-account-number */
const LENGTHS: ReadonlyMap<string, number> = new Map(
  ("AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 DK18 DO28 EE20 EG29 " +
    "ES24 FI18 FK18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HN28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 " +
    "LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 MK19 MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29 " +
    "PT25 QA29 RO24 RS22 RU33 SA24 SC31 SD18 SE24 SI19 SK24 SM27 SO23 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20 YE30")
    .split(" ").map((row) => [row.slice(0, 2), Number(row.slice(2))]),
);

/** In one piece or in groups; letters of either case where it is in one piece. */
export function iban({ text, start, limit }: Candidate): Found | null {
  const length = LENGTHS.get(text.slice(start, start + 2).toUpperCase());
  if (length === undefined) return null;
  let number = "";
  let at = start;
  let spaced = false;
  for (; at < limit && number.length < length; at++) {
    const code = text.charCodeAt(at);
    const upper = code >= 97 && code <= 122 ? code - 32 : code;
    if ((upper >= 48 && upper <= 57) || (upper >= 65 && upper <= 90)) {
      number += String.fromCharCode(upper);
    } else if ((code === 32 || code === 0xa0 || code === 0x202f || code === 45) && number.length % 4 === 0) {
      spaced = true;
    } else return null;
  }
  if (number.length !== length || !endsAt(text, at)) return null;
  if (spaced && text.slice(start, at) !== text.slice(start, at).toUpperCase()) return null;
  return mod97(number.slice(4) + number.slice(0, 4)) === 1 ? { type: "iban", start, end: at } : null;
}
