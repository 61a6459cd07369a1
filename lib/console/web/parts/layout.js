/** What stands around every page. */
import { useEffect, useRef, useState } from "../core/packages.js";
import { html } from "../core/html.js";
import { useKeys } from "../core/keyboard.js";
import { go, linkTo } from "../core/router.js";
import { toggleTheme, useTheme } from "../core/theme.js";
import { GROUPS, PAGES } from "../pages/pages.js";

const ICON = new URL("../icon.svg", import.meta.url).href;

export function Layout({ session, page, logout, children }) {
  const [open, setOpen] = useState(false);
  const theme = useTheme();
  const help = useRef(null);
  useEffect(() => setOpen(false), [page]);
  const jumps = useRef("");
  useKeys({
    "?": () => help.current.showModal(),
    t: () => jumps.current === "" ? toggleTheme() : jump("t"),
    g: () => jumps.current = "g",
    "/": () => document.querySelector("[data-search]")?.focus() ?? go(linkTo("/requests")),
    ...Object.fromEntries(
      PAGES.flatMap(({ key, path }) => key && key !== "t" ? [[key, () => jump(key, path)]] : []),
    ),
  });
  const jump = (key) => {
    const target = PAGES.find((it) => it.key === key);
    if (jumps.current === "g" && target !== undefined) go(linkTo(target.path));
    jumps.current = "";
  };
  return html`
    <a class="skip" href="#content">Skip to the page</a>
    <div class="frame">
      <aside class="side ${open ? "open" : ""}">
        <div class="top">
          <a class="brand" href=${linkTo("/")}><img src=${ICON} alt="" />llm-gateway</a>
          <button class="menu" type="button" aria-expanded=${open} onClick=${() =>
            setOpen(!open)}>Menu</button>
        </div>
        <nav aria-label="Pages">${GROUPS.map((group) =>
          html`<h2 key=${group}>${group}</h2>
        ${
            PAGES.filter((it) => it.group === group).map((it) =>
              html`<a key=${it.path} href=${linkTo(it.path)} aria-current=${
                it === page ? "page" : undefined
              }>${it.title}</a>`
            )
          }`
        )}
          </nav>
        <footer>
          <span>${session.version}${session.role === "admin" ? "" : " · read only"}</span>
          <span><button type="button" class="plain" onClick=${toggleTheme}>${theme === "dark"
            ? "Light"
            : "Dark"}</button>
            <button type="button" class="plain" onClick=${() => help.current.showModal()}>Keys</button>
            <button type="button" class="plain" onClick=${logout}>Log out</button></span>
        </footer>
      </aside>
      <main id="content" tabindex="-1">${session.store === "memory" && session.workers > 1
        ? html`<${OneOfMany} workers=${session.workers} />`
        : null}${children}</main>
    </div>
    <dialog ref=${help} aria-labelledby="keys-title">
      <h2 id="keys-title">Keys</h2>
      <dl class="pairs">
          ${[
            ["/", "search requests"],
            ["j k", "next and previous row"],
            ["Enter", "open the row"],
            ["g then a letter", "go to a page"],
            ["t", "light or dark"],
            ["?", "this list"],
          ]
            .map(([keys, what]) =>
              html`
                <dt key=${keys}><kbd>${keys}</kbd></dt>
                <dd>${what}</dd>
              `
            )}
          ${PAGES.filter(({ key }) => key).map(({ key, title }) =>
            html`
              <dt key=${key}><kbd>g</kbd> <kbd>${key}</kbd></dt>
              <dd>${title}</dd>
            `
          )}
        </dl>
      <menu><button type="button" onClick=${() => help.current.close()}>Close</button></menu>
    </dialog>
  `;
}

function OneOfMany({ workers }) {
  return html`
    <p class="note">
      Each of the ${workers} workers keeps requests in its own memory: lists show those of the first, figures are of
      all. To see all, have them kept in a file: <code>requests.store: sqlite</code>, which is the default, and a${" "}
      <code>requests.path</code> that can be written.
    </p>
  `;
}

/** A page's head line. */
export function Head({ title, about, children }) {
  useEffect(() => {
    document.title = `${title} · llm-gateway`;
  }, [title]);
  return html`<div class="head"><h1>${title}</h1>${
    about ? html`<span class="soft">${about}</span>` : null
  }<span class="grow"></span>${children}</div>`;
}
