/** Makes valid numbers by trying check digits against the rules as their issuers publish them, written here anew. */
type Random = () => number;

function pick<T>(random: Random, from: readonly T[]): T {
  return from[Math.floor(random() * from.length)] as T;
}

function digits(random: Random, count: number): string {
  return Array.from({ length: count }, () => Math.floor(random() * 10)).join("");
}

/** Adds the digit for which `sum` of all digits is 0 by `modulus`; null: there is none. */
function withCheck(body: string, sum: (all: string) => number, modulus: number): string | null {
  for (let check = 0; check < 10; check++) {
    if (sum(`${body}${check}`) % modulus === 0) return `${body}${check}`;
  }
  return null;
}

function until<T>(make: () => T | null): T {
  for (;;) {
    const made = make();
    if (made !== null) return made;
  }
}

function luhnSum(all: string): number {
  return [...all].reverse().map(Number).map((digit, i) =>
    i % 2 === 0 ? digit : [0, 2, 4, 6, 8, 1, 3, 5, 7, 9][digit] ?? 0
  )
    .reduce((a, b) => a + b, 0);
}

function weights(...list: readonly number[]): (all: string) => number {
  return (all) => [...all].reduce((sum, digit, i) => sum + Number(digit) * (list[i] ?? 0), 0);
}

function grouped(text: string, sizes: readonly number[], gap: string): string {
  let at = 0;
  return sizes.map((size) => text.slice(at, at += size)).join(gap);
}

export function card(random: Random): string {
  const [prefix, length] = pick(
    random,
    [["4", 16], ["51", 16], ["2223", 16], ["34", 15], ["6011", 16], ["3530", 16]] as const,
  );
  const number = until(() => withCheck(prefix + digits(random, length - prefix.length - 1), luhnSum, 10));
  const sizes = length === 15 ? [4, 6, 5] : [4, 4, 4, 4];
  return pick(random, [number, grouped(number, sizes, " "), grouped(number, sizes, "-")]);
}

export function iban(random: Random): string {
  const [country, body] = pick(
    random,
    [
      ["DE", digits(random, 18)],
      ["FR", digits(random, 23)],
      ["ES", digits(random, 20)],
      ["NL", `ABNA${digits(random, 10)}`],
      ["GB", `NWBK${digits(random, 14)}`],
      ["PL", digits(random, 24)],
    ] as const,
  );
  const numeric = [...`${body}${country}00`].map((char) => parseInt(char, 36)).join("");
  const check = String(98n - BigInt(numeric) % 97n).padStart(2, "0");
  const number = `${country}${check}${body}`;
  return pick(random, [number, number.replaceAll(/.{4}(?=.)/g, "$& ")]);
}

export function ssn(random: Random): string {
  const area = String(100 + Math.floor(random() * 500)).replace("666", "667");
  return `${area}-${10 + Math.floor(random() * 89)}-${1000 + Math.floor(random() * 8999)}`;
}

export function cpf(random: Random): string {
  const number = until(() => {
    const body = digits(random, 9);
    const check = (text: string) => {
      const rest = [...text].reduce((sum, digit, i) => sum + Number(digit) * (text.length + 1 - i), 0) * 10 %
        11;
      return rest === 10 ? 0 : rest;
    };
    const first = `${body}${check(body)}`;
    return new Set(body).size === 1 ? null : `${first}${check(first)}`;
  });
  return `${number.slice(0, 3)}.${number.slice(3, 6)}.${number.slice(6, 9)}-${number.slice(9)}`;
}

export function dni(random: Random): string {
  const number = digits(random, 8);
  return number + "TRWAGMYFPDXBNJZSQVHLCKE".charAt(Number(number) % 23);
}

export function nir(random: Random): string {
  const body = `${1 + Math.floor(random() * 2)}${digits(random, 2)}0${1 + Math.floor(random() * 9)}${
    digits(random, 8)
  }`;
  const number = body + String(97n - BigInt(body) % 97n).padStart(2, "0");
  return pick(random, [number, grouped(number, [1, 2, 2, 2, 3, 3, 2], " ")]);
}

export const bsn = (random: Random): string =>
  until(() => withCheck(`1${digits(random, 7)}`, weights(9, 8, 7, 6, 5, 4, 3, 2, 10), 11));

export const pesel = (random: Random): string =>
  until(() =>
    withCheck(
      `${digits(random, 2)}0${1 + Math.floor(random() * 9)}1${digits(random, 5)}`,
      weights(1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1),
      10,
    )
  );

export const tfn = (random: Random): string =>
  grouped(until(() => withCheck(digits(random, 8), weights(1, 4, 3, 7, 5, 8, 6, 9, 10), 11)), [3, 3, 3], " ");

export const sin = (random: Random): string =>
  grouped(until(() => withCheck(`1${digits(random, 7)}`, luhnSum, 10)), [3, 3, 3], " ");

export const nino = (random: Random): string =>
  `${pick(random, ["AB", "CE", "JK", "PW"])}${digits(random, 6)}${pick(random, ["A", "B", "C", "D"])}`;

export const germanTaxId = (random: Random): string =>
  until(() => {
    const ten = `${1 + Math.floor(random() * 9)}${digits(random, 9)}`;
    const counts = Object.values(Object.groupBy([...ten], (digit) => digit)).map((same) => same?.length ?? 0);
    if (counts.filter((count) => count > 1).length !== 1 || Math.max(...counts) > 3) return null;
    let product = 10;
    for (const digit of ten) product = ((Number(digit) + product) % 10 || 10) * 2 % 11;
    const check = 11 - product === 10 ? 0 : 11 - product;
    return check > 9 ? null : grouped(`${ten}${check}`, [2, 3, 3, 3], " ");
  });
