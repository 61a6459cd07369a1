import type { TextPlace } from "./map_texts.ts";
import { JsonFilter } from "./json_filter.ts";
import type { Inspector } from "./inspector.ts";
import { filterText, TextFilter } from "./text_filter.ts";

/** A text in pieces through whatever filter its place asks for. */
export interface PieceFilter {
  push(text: string): string;
  end(): string;
}

export function pieceFilter(
  inspector: Inspector,
  restores: boolean,
  { json, alterable }: TextPlace,
): PieceFilter {
  const options = { inspector, restores, alterable };
  return json ? new JsonFilter(options) : new TextFilter(options);
}

/** A whole text; one that should hold JSON and does not is a text like any. */
export function filterWhole(text: string, inspector: Inspector, restores: boolean, place: TextPlace): string {
  if (!place.json || !isJson(text)) {
    return filterText(text, { inspector, restores, alterable: place.alterable });
  }
  const filter = pieceFilter(inspector, restores, place);
  return filter.push(text) + filter.end();
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
