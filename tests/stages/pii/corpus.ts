import * as make from "./generate_ids.ts";
import { seeded } from "./seeded.ts";

/** A sentence, and what is to be found in it. */
export interface Labelled {
  readonly text: string;
  readonly labels: readonly (readonly [type: string, value: string])[];
}

type Random = () => number;

/** Sentences around a value, in several languages. */
const AROUND = [
  "{} ist hinterlegt, bitte prüfen.",
  "Please update the record: {}.",
  "Could you check {} for me?",
  "Voici les données : {}, merci.",
  "El dato es {} y nada más.",
  "Il valore corretto è {}.",
  "Het gaat om {}, dank je wel.",
  "Chodzi o {}, proszę o pomoc.",
  "O dado é {}; obrigado.",
  '{"value": "{}", "ok": true}',
  "请检查{}，谢谢。",
  "ref={}&x=1",
  "- first item\n- {}\n- last item",
];

const NAMES = ["anna", "j.smith", "maria_lopez", "k-nowak", "li.wei", "o.brien+news", "support", "büro"];
const DOMAINS = [
  "example.com",
  "mail.example.org",
  "firma.example.de",
  "uni-x.example.ac.uk",
  "sub.dom.example.io",
];

function pick<T>(random: Random, from: readonly T[]): T {
  return from[Math.floor(random() * from.length)] as T;
}

function number(random: Random, from: number, to: number): number {
  return from + Math.floor(random() * (to - from + 1));
}

function letters(random: Random, alphabet: string, count: number): string {
  return Array.from({ length: count }, () => alphabet.charAt(Math.floor(random() * alphabet.length))).join(
    "",
  );
}

const ALPHANUMERIC = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

/** What is made of each type; the words before it that the type needs. */
const KINDS: Readonly<
  Record<string, (random: Random) => { readonly value: string; readonly before?: string }>
> = {
  email: (random) => ({ value: `${pick(random, NAMES)}@${pick(random, DOMAINS)}` }),
  phone: (random) =>
    pick(random, [
      () => ({ value: `+49 ${number(random, 151, 179)} ${number(random, 1000000, 9999999)}` }),
      () => ({
        value: `+1 ${number(random, 212, 989)} ${number(random, 200, 999)} ${number(random, 1000, 9999)}`,
      }),
      () => ({
        value: `+33 ${number(random, 1, 7)} ${number(random, 10, 99)} ${number(random, 10, 99)} 34 56`,
      }),
      () => ({
        value: `0${number(random, 30, 89)} ${number(random, 1000000, 9999999)}`,
        before: pick(random, ["Tel. ", "phone ", "téléphone "]),
      }),
      () => ({
        value: `${number(random, 212, 989)}-${number(random, 200, 999)}-${number(random, 1000, 9999)}`,
      }),
    ])(),
  card: (random) => ({ value: make.card(random) }),
  iban: (random) => ({ value: make.iban(random) }),
  us_ssn: (random) => ({ value: make.ssn(random) }),
  ip: (random) => ({
    value: pick(random, [
      `${number(random, 1, 126)}.${number(random, 0, 255)}.${number(random, 0, 255)}.${
        number(random, 1, 254)
      }`,
      `2001:db8:${number(random, 1, 9999)}::${number(random, 1, 9999)}`,
    ]),
  }),
  secret: (random) => ({
    value: pick(random, [
      `sk-proj-${letters(random, ALPHANUMERIC, 40)}`,
      `ghp_${letters(random, ALPHANUMERIC, 36)}`,
      `AKIA${letters(random, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 14)}7A`,
      `xoxb-${number(random, 1e10, 9e10)}-${letters(random, ALPHANUMERIC, 24)}`,
      `eyJhbGciOiJIUzI1NiJ9.eyJ${letters(random, ALPHANUMERIC, 30)}.${letters(random, ALPHANUMERIC, 43)}`,
    ]),
  }),
  br_cpf: (random) => ({ value: make.cpf(random) }),
  es_dni: (random) => ({ value: make.dni(random) }),
  fr_nir: (random) => ({ value: make.nir(random), before: "NIR " }),
  nl_bsn: (random) => ({ value: make.bsn(random), before: "BSN " }),
  pl_pesel: (random) => ({ value: make.pesel(random), before: "PESEL " }),
  au_tfn: (random) => ({ value: make.tfn(random), before: "TFN " }),
  ca_sin: (random) => ({ value: make.sin(random), before: "social insurance number " }),
  uk_nino: (random) => ({ value: make.nino(random) }),
  de_tax_id: (random) => ({ value: make.germanTaxId(random), before: "Steuer-ID " }),
};

/** Types whose value proves itself by a checksum. */
export const CHECKED = [
  ...["card", "iban", "br_cpf", "es_dni", "fr_nir", "nl_bsn", "pl_pesel", "au_tfn", "ca_sin", "de_tax_id"],
];

/** What looks like it and is not: some made, most written by hand. */
const NEGATIVES: readonly ((random: Random) => string)[] = [
  (random) => `order ${number(random, 1e9, 9e9)} was sent`,
  (random) =>
    `Bestellung Nr. ${number(random, 1e11, 9e11)} vom ${number(random, 1, 28)}.0${number(random, 1, 9)}.2024`,
  (random) => `invoice INV-${number(random, 2019, 2026)}-${number(random, 10000, 99999)}`,
  (random) =>
    `version ${number(random, 1, 20)}.${number(random, 0, 99)}.${number(random, 0, 99)}.${
      number(random, 0, 99)
    }`,
  (random) => `v${number(random, 1, 20)}.${number(random, 0, 99)}.${number(random, 0, 99)}`,
  (random) => `commit ${letters(random, "0123456789abcdef", 40)}`,
  (random) => `md5 ${letters(random, "0123456789abcdef", 32)}`,
  (random) =>
    ["8", "4", "4", "4", "12"].map((count) => letters(random, "0123456789abcdef", Number(count))).join("-"),
  (random) =>
    `at ${number(random, 1600000000, 1900000000)} seconds, or ${
      number(random, 1600000000000, 1899999999999)
    } ms`,
  (random) =>
    `2024-0${number(random, 1, 9)}-${number(random, 10, 28)}T12:${number(random, 10, 59)}:00.${
      number(random, 100, 999)
    }Z`,
  (random) => `ISBN 978-3-16-${number(random, 100000, 999999)}-${number(random, 0, 9)}`,
  (random) =>
    `${number(random, 10, 89)}.${number(random, 100000, 999999)}, ${number(random, 10, 179)}.${
      number(random, 100000, 999999)
    }`,
  (random) => `${number(random, 1, 999)},${number(random, 100, 999)},${number(random, 100, 999)}.00 USD`,
  (random) => `tracking 1Z${letters(random, "ABCDEFGHJKLMNPRSTUVWXYZ0123456789", 16)}`,
  (random) => `rows ${number(random, 1, 9)}-${number(random, 10, 99)} of ${number(random, 1000, 9999999)}`,
  (random) => `SKU ${letters(random, "ABCDEFGH", 3)}-${number(random, 1000, 9999)}`,
  () => "npm i lodash@4.17.21 react@18.2.0 @types/node@20.1.0",
  () => "clone git@github.com:owner/repo.git and run it on localhost:8080 or 127.0.0.1",
  () => "std::vector<int> a; a::b::c(); see RFC 9110 section 5.6.1.2 and ISO 8601",
  () => "load logo@2x.png at 1920x1080, 60 fps, #ff00aa, rgb(12, 34, 56)",
  () => "sk-learn and scikit-learn are names; ghp_ is only a prefix; AKIA means nothing",
  () => "The years 1914 1918 1939 1945 and pages 12-34 matter, 50% of 3.14159265358979",
  () => "MAC 00:1A:2B:3C:4D:5E, port 443, time 12:34:56, ratio 16:9",
  () => "Die Summe ist 1.234.567,89 EUR bei 12,5 % Zinsen über 24 Monate",
  () => "checksum 0xDEADBEEF, 0b101010, 1e-9, 6.02214076e23",
  () => "Paragraph 263a StGB, Art. 6 DSGVO, 42 U.S.C. 1983",
];

/** The same sentences each time. */
export function corpus(): Labelled[] {
  const random = seeded(2024);
  const all: Labelled[] = [];
  for (const [type, make] of Object.entries(KINDS)) {
    for (let i = 0; i < 100; i++) {
      const { value, before = "" } = make(random);
      all.push({ text: pick(random, AROUND).replace("{}", before + value), labels: [[type, value]] });
    }
  }
  for (let i = 0; i < 50; i++) {
    for (const negative of NEGATIVES) {
      all.push({ text: pick(random, AROUND).replace("{}", negative(random)), labels: [] });
    }
  }
  return all;
}
