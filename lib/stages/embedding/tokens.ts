/** Letters, digits and the marks that belong to them, in any script. */
const RUNS = /[\p{L}\p{N}\p{M}]+/gu;
/** Scripts that put no spaces between words. */
const UNSPACED =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}\p{Script=Tibetan}]/u;
const UNSPACED_OR_NOT =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}\p{Script=Tibetan}ー]+|[^\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}\p{Script=Tibetan}ー]+/gu;
// deno-lint-ignore no-control-regex
const ASCII = /^[\x00-\x7f]*$/;

/**
 * Words of a text in any language: compatible forms made one (NFKC), small letters, divided where Unicode's letters,
 * marks and digits end. Where a script puts no spaces between words, its words are all pairs of neighbours, and a
 * single character where it stands alone.
 */
export function tokens(text: string): string[] {
  const found = normalised(text).match(RUNS) ?? [];
  if (ASCII.test(text)) return found;
  return found.flatMap((run) => UNSPACED.test(run) ? divided(run) : [run]);
}

/** A text in the form in which tokens are compared. */
export function normalised(text: string): string {
  return (ASCII.test(text) ? text : text.normalize("NFKC")).toLowerCase();
}

function divided(run: string): string[] {
  return (run.match(UNSPACED_OR_NOT) ?? []).flatMap((piece) => UNSPACED.test(piece) ? pairs(piece) : [piece]);
}

function pairs(piece: string): string[] {
  const characters = [...piece];
  if (characters.length === 1) return characters;
  return characters.slice(1).map((character, index) => (characters[index] ?? "") + character);
}

/** Whether a text is, in part, in a script that puts no spaces between words. */
export function hasUnspaced(text: string): boolean {
  return UNSPACED.test(text);
}
