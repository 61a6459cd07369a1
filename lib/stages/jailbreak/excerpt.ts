import type { Said } from "./looked_at.ts";

/** The last texts, so many characters of them at most; of one that does not fit its beginning and its end. */
export function shortened(texts: readonly Said[], limit: number): Said[] {
  const shown: Said[] = [];
  let room = limit;
  for (let at = texts.length - 1; at >= 0 && room > 0; at--) {
    const { by, text } = texts[at] as Said;
    const half = room >> 1;
    const fits = text.length <= room;
    shown.unshift({ by, text: fits ? text : `${text.slice(0, half)}\n…\n${text.slice(text.length - half)}` });
    room -= text.length;
  }
  return shown;
}
