import type { System } from "./system.ts";

const CODES = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, blue: 34, magenta: 35, cyan: 36 } as const;

export type Colour = keyof typeof CODES;

/** Puts a text into a colour, or leaves it as it is. */
export type Painter = (colour: Colour, text: string) => string;

/** Colours for a person at a terminal who has not asked for none. @see https://no-color.org */
export function painter(system: Pick<System, "env" | "terminal">): Painter {
  if (!system.terminal || (system.env("NO_COLOR") ?? "") !== "") return (_, text) => text;
  return (colour, text) => text === "" ? "" : `\x1b[${CODES[colour]}m${text}\x1b[0m`;
}
