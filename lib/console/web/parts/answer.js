/** An answer as it comes, with what it took. */
import { count, duration } from "../core/format.js";
import { html } from "../core/html.js";
import { linkTo } from "../core/router.js";
import { Badge, Card } from "./parts.js";

/** @param {{title: string, state: {text: string, error?: Error, told?: object, busy: boolean}}} props */
export function Answer({ title, state }) {
  const { text, error, told, busy } = state;
  return html`<${Card} title=${title} actions=${
    busy ? html`<${Badge} tone="accent">streaming</${Badge}>` : null
  }>
    <pre class="block" aria-live="polite" aria-busy=${busy} tabindex="0" role="region" aria-label=${title}>${
    text || (busy ? "…" : told || error ? "" : "Nothing was asked yet.")
  }</pre>
    ${error ? html`<p class="problem" role="alert">${error.message}</p>` : null}
    ${
    told
      ? html`<p class="soft">${
        [
          told.provider && `${told.provider} / ${told.model}`,
          Number.isNaN(told.ttftMs) ? null : `first token ${duration(told.ttftMs)}`,
          Number.isNaN(told.totalMs) ? null : `all ${duration(told.totalMs)}`,
          told.usage && `${count(told.usage.prompt_tokens)} + ${count(told.usage.completion_tokens)} tokens`,
        ].filter(Boolean).join(" · ")
      }${
        told.requestId
          ? html`
            ${" · "}
                        <a href=${linkTo("/requests", { text: told.requestId })}>its story</a>
          `
          : null
      }</p>`
      : null
  }
  </${Card}>`;
}
