/** Characters that are counted one by one; what is longer is judged by these. */
const COUNTED = 256 * 1024;
/** The tokenizer takes the square of a word's length: no word is longer to it. */
const LONGEST_WORD = 256;

type Count = (text: string) => number;

let loaded: Promise<Count> | null = null;

/**
 * Tokens of a text by OpenAI's `o200k_base`. The tokenizer is loaded when it is first asked for, which takes a tenth
 * of a second and some 60 MB.
 */
export async function textTokens(text: string): Promise<number> {
  const count = await (loaded ??= load());
  const part = text.length > COUNTED ? text.slice(0, COUNTED) : text;
  let tokens = 0;
  for (const piece of pieces(part)) tokens += count(piece);
  return part.length === text.length ? tokens : Math.ceil(tokens * (text.length / part.length));
}

async function load(): Promise<Count> {
  const { countTokens } = await import("gpt-tokenizer/encoding/o200k_base");
  // What looks like a special token is text like any other.
  const options = { disallowedSpecial: new Set<string>() };
  return (text) => countTokens(text, options);
}

/** A text in pieces that end before white space, or in the middle of what has none for long. */
function* pieces(text: string): Generator<string> {
  let from = 0;
  while (from < text.length) {
    let to = Math.min(from + LONGEST_WORD, text.length);
    if (to < text.length) {
      let space = to;
      while (space > from + LONGEST_WORD / 2 && !isSpace(text.charCodeAt(space))) space--;
      // Where spaces stand in a row they are one token: the cut is before the first of them.
      while (space > from + LONGEST_WORD / 2 && isSpace(text.charCodeAt(space - 1))) space--;
      if (space > from + LONGEST_WORD / 2) to = space;
    }
    yield text.slice(from, to);
    from = to;
  }
}

function isSpace(code: number): boolean {
  return code === 32 || (code >= 9 && code <= 13);
}
