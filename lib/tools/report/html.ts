/** Text that is HTML already. */
export class Html {
  constructor(readonly text: string) {}

  toString(): string {
    return this.text;
  }
}

export type HtmlValue = Html | string | number | null | readonly HtmlValue[];

/** A template of HTML: what is put into it is escaped unless it is HTML already; lists are put together. */
export function html(parts: TemplateStringsArray, ...values: readonly HtmlValue[]): Html {
  return new Html(parts.reduce((text, part, index) => `${text}${shown(values[index - 1] ?? null)}${part}`));
}

function shown(value: HtmlValue): string {
  if (value === null) return "";
  if (value instanceof Html) return value.text;
  return Array.isArray(value) ? value.map(shown).join("") : escaped(String(value));
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll(
    '"',
    "&quot;",
  );
}
