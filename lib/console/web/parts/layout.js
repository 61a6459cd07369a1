/** What stands around every page. */
import { useEffect, useRef, useState } from "../core/packages.js";
import { html } from "../core/html.js";
import { useKeys } from "../core/keyboard.js";
import { go, linkTo } from "../core/router.js";
import { toggleTheme, useTheme } from "../core/theme.js";
import { GROUPS, PAGES } from "../pages/pages.js";

/** The page has it for its tab already. */
const ICON = document.querySelector("link[rel=icon]").href;

/** @param {{path: string}} props path: of the page; whoever reads with a screen reader or the keyboard begins anew with it. */
export function Layout({ session, page, path, logout, children }) {
  const [open, setOpen] = useState(false);
  const theme = useTheme();
  const zone = useZone();
  const help = useRef(null);
  const content = useRef(null);
  const shown = useRef(path);
  useEffect(() => {
    setOpen(false);
    if (shown.current !== path) content.current.focus({ preventScroll: true });
    shown.current = path;
  }, [path]);
  // Of the key before alone: whatever is pressed between them is no jump.
  const jumps = useRef({ now: false, next: false });
  useKeys({
    any: ({ key }) => jumps.current = { now: jumps.current.next, next: key === "g" },
    g: () => {},
    "?": () => help.current.showModal(),
    t: () => jumps.current.now ? null : toggleTheme(),
    "/": () => document.querySelector("[data-search]")?.focus() ?? go(linkTo("/requests")),
    ...Object.fromEntries(
      PAGES.map(({ key, path }) => [key, () => jumps.current.now && go(linkTo(path))]),
    ),
  });
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
                it === (page.of ?? page) ? "page" : undefined
              }>${it.title}</a>`
            )
          }`
        )}
          </nav>
        <footer>
          <span>${session.version}${session.role === "admin" ? "" : " · read only"}</span>
          <span>Times: ${zone ?? "your own"}</span>
          <span><button type="button" class="plain" onClick=${toggleTheme}>${theme === "dark"
            ? "Light"
            : "Dark"}</button>
            <button type="button" class="plain" onClick=${() => help.current.showModal()}>Keys</button>
            <button type="button" class="plain" onClick=${logout}>Log out</button></span>
        </footer>
      </aside>
      <main id="content" tabindex="-1" ref=${content}>${session.store === "memory" && session.workers > 1
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
            ["Esc", "leave the search"],
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

/** The browser's time zone, found once the page has been drawn: `Intl` is left for then (core/format.js). */
function useZone() {
  const [zone, setZone] = useState(null);
  useEffect(() => {
    const idle = globalThis.requestIdleCallback ?? setTimeout;
    idle(() => setZone(Intl.DateTimeFormat().resolvedOptions().timeZone));
  }, []);
  return zone;
}
