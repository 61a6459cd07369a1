/**
 * W3C Baggage. The gateway passes it on and adds nothing to it.
 * @see https://www.w3.org/TR/baggage/
 */

const MAX_MEMBERS = 64;
const MAX_BYTES = 8192;

// key = token; value = *baggage-octet; properties are tokens with an optional value.
const TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
const VALUE = "[\\x21\\x23-\\x2b\\x2d-\\x3a\\x3c-\\x5b\\x5d-\\x7e]*";
const SPACE = "[ \\t]*";
const PROPERTY = `${SPACE};${SPACE}${TOKEN}(?:${SPACE}=${SPACE}${VALUE})?`;
const MEMBER = new RegExp(`^${TOKEN}${SPACE}=${SPACE}${VALUE}(?:${PROPERTY})*$`);

/**
 * The members of a `baggage` header that may go on: the valid ones, in order, up to 64 of them and 8,192 bytes in
 * all. A member that is malformed or does not fit is left out, whole; the others go on.
 */
export function validBaggage(header: string): string {
  let text = "";
  let members = 0;
  for (const part of header.split(",")) {
    const member = part.trim();
    if (!MEMBER.test(member)) continue;
    const length = text.length + member.length + (members === 0 ? 0 : 1);
    if (length > MAX_BYTES) continue;
    text += members === 0 ? member : `,${member}`;
    if (++members === MAX_MEMBERS) break;
  }
  return text;
}
