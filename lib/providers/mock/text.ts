/** Something like a model's tokens: short pieces with the space before them; joined they are the text. */
export function tokensOf(text: string): string[] {
  return text.match(/\s*\S{1,6}|\s+$/gu) ?? [];
}

const WORDS =
  ("one gateway between applications and models speaks the interfaces that they use already and tells " +
    "those who run it exactly what happened with each of their requests").split(" ");

/** A text of so many tokens. */
export function wordsOf(count: number): string[] {
  return Array.from({ length: count }, (_, i) => (i === 0 ? "" : " ") + (WORDS[i % WORDS.length] ?? ""));
}
