import { luhn, mod11over10, mod97, verhoeff, weighted } from "./checksums.ts";

/** A number of digits that a state knows people by. */
export interface DigitId {
  readonly type: string;
  readonly digits: number;
  /** Groupings that nothing else is written in: they need no words before them. */
  readonly shapes: readonly string[];
  /** Words before it, in lower case: needed where it is written otherwise. */
  readonly words: readonly string[];
  readonly isValid: (digits: string) => boolean;
}

/** @see https://www.ssa.gov/employer/randomization.html */
function isSsn(digits: string): boolean {
  const area = digits.slice(0, 3);
  return area !== "000" && area !== "666" && area < "900" && digits.slice(3, 5) !== "00" &&
    digits.slice(5) !== "0000" &&
    digits !== "123456789";
}

/** One digit stands twice or three times among the first ten, another not at all. */
function isGermanTaxId(digits: string): boolean {
  if (digits.startsWith("0")) return false;
  const different = new Set(digits.slice(0, 10)).size;
  return (different === 9 || different === 8) && mod11over10(digits);
}

function isNir(digits: string): boolean {
  const month = Number(digits.slice(3, 5));
  if (!"1234".includes(digits.charAt(0)) || month === 0 || (month > 12 && month < 20)) return false;
  return 97 - mod97(digits.slice(0, 13)) === Number(digits.slice(13));
}

function isUtr(digits: string): boolean {
  const rest = weighted(digits.slice(1), [6, 7, 8, 9, 10, 5, 4, 3, 2]) % 11;
  return Number(digits.charAt(0)) === (rest === 0 ? 2 : rest === 1 ? 1 : 11 - rest);
}

function isPesel(digits: string): boolean {
  const month = Number(digits.slice(2, 4)) % 20;
  const day = Number(digits.slice(4, 6));
  if (month < 1 || month > 12 || day < 1 || day > 31) return false;
  return weighted(digits, [1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1]) % 10 === 0;
}

function isRepeated(digits: string): boolean {
  return digits === digits.charAt(0).repeat(digits.length);
}

function brazilian(digits: string, first: readonly number[]): boolean {
  if (isRepeated(digits)) return false;
  const check = (weights: readonly number[]) => {
    const rest = weighted(digits, weights) % 11;
    return (rest < 2 ? 0 : 11 - rest) === Number(digits.charAt(weights.length));
  };
  return check(first) && check([first.length === 9 ? 11 : 6, ...first]);
}

function isEan13(digits: string): boolean {
  return weighted(digits, [1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1]) % 10 === 0;
}

/** The table of such numbers, the shorter first. Where shapes and words tie, the first row has it. */
export const DIGIT_IDS: readonly DigitId[] = [
  {
    type: "us_ssn",
    digits: 9,
    shapes: ["3-2-4"],
    words: ["ssn", "social security"],
    isValid: isSsn,
  },
  {
    type: "ca_sin",
    digits: 9,
    shapes: [],
    words: ["sin ", "sin:", "social insurance", "assurance sociale", " nas"],
    isValid: (digits) => !isRepeated(digits) && luhn(digits),
  },
  {
    type: "au_tfn",
    digits: 9,
    shapes: [],
    words: ["tfn", "tax file"],
    isValid: (digits) => weighted(digits, [1, 4, 3, 7, 5, 8, 6, 9, 10]) % 11 === 0,
  },
  {
    type: "nl_bsn",
    digits: 9,
    shapes: [],
    words: ["bsn", "burgerservice", "sofi"],
    isValid: (digits) => !isRepeated(digits) && weighted(digits, [9, 8, 7, 6, 5, 4, 3, 2, -1]) % 11 === 0,
  },
  {
    type: "uk_utr",
    digits: 10,
    shapes: [],
    words: ["utr", "taxpayer reference", "tax reference"],
    isValid: isUtr,
  },
  {
    type: "de_tax_id",
    digits: 11,
    shapes: ["2 3 3 3"],
    words: ["steuer", "idnr", "tax id", "tax number", "tin"],
    isValid: isGermanTaxId,
  },
  { type: "pl_pesel", digits: 11, shapes: [], words: ["pesel"], isValid: isPesel },
  {
    type: "br_cpf",
    digits: 11,
    shapes: ["3.3.3-2"],
    words: ["cpf"],
    isValid: (digits) => brazilian(digits, [10, 9, 8, 7, 6, 5, 4, 3, 2]),
  },
  {
    type: "in_aadhaar",
    digits: 12,
    shapes: ["4 4 4"],
    words: ["aadhaar", "aadhar", "uidai", "आधार"],
    isValid: (digits) => digits > "2" && verhoeff(digits),
  },
  {
    type: "ch_ahv",
    digits: 13,
    shapes: ["3.4.4.2"],
    words: ["ahv", "avs", "sozialversicherung"],
    isValid: (digits) => digits.startsWith("756") && isEan13(digits),
  },
  {
    type: "br_cnpj",
    digits: 14,
    shapes: ["2.3.3/4-2"],
    words: ["cnpj"],
    isValid: (digits) => brazilian(digits, [5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2]),
  },
  {
    type: "fr_nir",
    digits: 15,
    shapes: ["1 2 2 2 3 3 2"],
    words: ["nir", "sécurité sociale", "securite sociale", "sécu", "insee", "social security"],
    isValid: isNir,
  },
];

const DNI_LETTERS = "TRWAGMYFPDXBNJZSQVHLCKE";

function isDni(word: string): boolean {
  const number = word.slice(0, 8).replace("X", "0").replace("Y", "1").replace("Z", "2");
  return DNI_LETTERS.charAt(Number(number) % 23) === word.charAt(8);
}

/** By value of the characters in odd places, digits as A to J. */
const ODD = [1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23];

/** @see https://www.gazzettaufficiale.it/eli/id/1977/01/11/077A0043/sg */
function isFiscalCode(word: string): boolean {
  let sum = 0;
  for (let i = 0; i < 15; i++) {
    const code = word.charCodeAt(i);
    const value = code < 58 ? code - 48 : code - 65;
    sum += i % 2 === 0 ? ODD[value] ?? 0 : value;
  }
  return sum % 26 === word.charCodeAt(15) - 65;
}

/** Of a machine-readable zone's second line: `<` counts 0, `A` 10. @see https://www.icao.int/publications/pages/publication.aspx?docnum=9303 */
function isMachineReadable(line: string): boolean {
  const check = (from: number, to: number) => {
    let sum = 0;
    for (let i = from; i < to; i++) {
      const code = line.charCodeAt(i);
      sum += (code < 58 ? code - 48 : code - 55) * ([7, 3, 1][(i - from) % 3] ?? 0);
    }
    return sum % 10 === line.charCodeAt(to) - 48;
  };
  return check(0, 9) && check(13, 19) && check(21, 27);
}

/** A word of letters and digits that a state knows people by. */
export interface WordId {
  readonly type: string;
  readonly form: RegExp;
  /** Needed before it; empty: it needs none. */
  readonly words: readonly string[];
  readonly isValid: (word: string) => boolean;
}

const PASSPORT_WORDS = [
  "passport",
  "reisepass",
  "passeport",
  "pasaporte",
  "passaporto",
  "paspoort",
  "paszport",
];

/** Forms have no repetition within a repetition, and a word that is looked at has 64 characters at most. */
export const WORD_IDS: readonly WordId[] = [
  { type: "es_dni", form: /^(?:\d{8}|[XYZ]\d{7})[A-Z]$/, words: [], isValid: isDni },
  {
    type: "it_fiscal_code",
    form: /^[A-Z]{6}[0-9L-V]{2}[ABCDEHLMPRST][0-9L-V]{2}[A-Z][0-9L-V]{3}[A-Z]$/,
    words: [],
    isValid: isFiscalCode,
  },
  {
    type: "in_pan",
    // The fourth letter says what the holder is.
    form: /^[A-Z]{3}[ABCFGHJLPT][A-Z]\d{4}[A-Z]$/,
    words: [],
    isValid: () => true,
  },
  {
    type: "passport",
    form: /^[A-Z0-9]{9}\d[A-Z]{3}\d{7}[FMX]\d{7}[A-Z0-9]*$/,
    words: [],
    isValid: isMachineReadable,
  },
  {
    type: "passport",
    form:
      /^(?=[A-Z0-9]*\d{2})(?:[A-Z]{1,3}\d{5,8}|\d{8,9}|\d{2}[A-Z]{2}\d{5}|[CFGHJKLMNPRTVWXYZ][0-9CFGHJKLMNPRTVWXYZ]{8}\d?)$/,
    words: PASSPORT_WORDS,
    isValid: () => true,
  },
];

/** Britain's, in one piece or in pairs. @see https://www.gov.uk/hmrc-internal-manuals/national-insurance-manual/nim39110 */
export const NINO =
  /(?!BG|GB|KN|NK|NT|TN|ZZ)[ABCEGHJ-PRSTW-Z][ABCEGHJ-NPRSTW-Z] ?\d\d ?\d\d ?\d\d ?[A-D](?![A-Za-z0-9])/y;
