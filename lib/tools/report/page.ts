import { Html, html, type HtmlValue } from "./html.ts";
import { STYLE } from "./style.ts";

export interface Fact {
  readonly label: string;
  readonly value: string;
  readonly tone?: "good" | "bad";
}

export interface Section {
  readonly title: string;
  readonly content: HtmlValue;
}

export interface Page {
  readonly title: string;
  readonly subtitle: string;
  /** The figures that matter most, shown large. */
  readonly facts: readonly Fact[];
  readonly sections: readonly Section[];
  /** What was measured, kept in the page as JSON in an element `data`. */
  readonly data: unknown;
}

/** A report as one file of HTML: it needs no script, no network and no other file. */
export function page({ title, subtitle, facts, sections, data }: Page): string {
  return html`
    <!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width">
        <title>${title}</title>
        <style>${new Html(STYLE)}</style>
      </head>
      <body>
    <h1>${title}</h1><p class="sub">${subtitle}</p>
    <div class="facts">${facts.map(({ label, value, tone }) =>
      html`<div class="fact"><b class="${tone ?? ""}">${value}</b><span>${label}</span></div>`
    )}</div>
    ${sections.map(({ title, content }) => html`<section><h2>${title}</h2>${content}</section>\n`)}
    <script type="application/json" id="data">${new Html(inScript(data))}</script>
    <footer>Made by llm-gateway.</footer></body>
    </html>
  `.text;
}

/** A table; the first column stands at the left, the others at the right. */
export function htmlTable(headings: readonly string[], rows: readonly (readonly HtmlValue[])[]): Html {
  return html`
    <table>
      <thead>
        <tr>${headings.map((each) => html`<th>${each}</th>`)}</tr>
      </thead>
      <tbody>${rows.map((row) => html`<tr>${row.map((cell) => html`<td>${cell}</td>`)}</tr>`)}</tbody>
    </table>
  `;
}

/** JSON that cannot end the element it stands in. */
function inScript(value: unknown): string {
  return JSON.stringify(value).replaceAll("<", "\\u003c");
}
