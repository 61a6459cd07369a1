import { useEffect } from "../core/packages.js";
import { html } from "../core/html.js";

/** A page's head line. */
export function Head({ title, about, children }) {
  useEffect(() => {
    document.title = `${title} · llm-gateway`;
  }, [title]);
  return html`<div class="head"><h1>${title}</h1>${
    about ? html`<span class="soft">${about}</span>` : null
  }<span class="grow"></span>${children}</div>`;
}
