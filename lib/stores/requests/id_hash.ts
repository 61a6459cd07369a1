/** What can be an id of a request or of a trace, and is no word. */
const ID = /^([0-9a-f]{32}|(?=.*\d)[\x21-\x7e]{8,200})$/;
/** Requests of one trace that are looked at. */
export const MOST_OF_AN_ID = 100;

export function mayBeId(text: string): boolean {
  return ID.test(text);
}

/** FNV-1a of a text's units, never 0: finds candidates, whose texts are then compared. */
export function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0 || 1;
}
