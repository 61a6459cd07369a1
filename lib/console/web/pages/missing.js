import { html } from "../core/html.js";
import { linkTo } from "../core/router.js";
import { Head } from "../parts/head.js";
import { Empty } from "../parts/parts.js";

/** An address that leads nowhere. */
export function Missing() {
  return html`
    <${Head} title="Not found" />
    <${Empty} title="There is no such page">
      <a href=${linkTo("/")}>To the overview</a>
      </${Empty}>
  `;
}
