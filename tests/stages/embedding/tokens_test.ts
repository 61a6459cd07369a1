import { assertEquals } from "@std/assert";
import { tokens } from "../../../lib/stages/embedding/tokens.ts";

const CASES: readonly (readonly [text: string, expected: readonly string[]])[] = [
  ["", []],
  ["  …!? ", []],
  ["Hello, World-wide 2nd", ["hello", "world", "wide", "2nd"]],
  ["Größe ÉTÉ", ["größe", "été"]],
  ["e\u0301te\u0301", ["été"]],
  ["ﬁne ＦＵＬＬ", ["fine", "full"]],
  ["Привет, мир", ["привет", "мир"]],
  ["हिन्दी भाषा", ["हिन्दी", "भाषा"]],
  ["مرحبا بالعالم", ["مرحبا", "بالعالم"]],
  ["机器学习", ["机器", "器学", "学习"]],
  ["天", ["天"]],
  ["Python入門 書", ["python", "入門", "書"]],
  ["データベース", ["デー", "ータ", "タベ", "ベー", "ース"]],
  ["ภาษา", ["ภา", "าษ", "ษา"]],
  ["한국어 수업", ["한국어", "수업"]],
];

for (const [text, expected] of CASES) {
  Deno.test(`tokens() of ${JSON.stringify(text)}`, () => {
    assertEquals(tokens(text), [...expected]);
  });
}
