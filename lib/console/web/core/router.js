/** Where the reader is: the path below /console and the query, in which every state of a page stands. */
import { useEffect, useState } from "./packages.js";
import { queryOf } from "./query.js";

const BASE = "/console";
const listeners = new Set();

/** @returns {{path: string, params: URLSearchParams}} path: `/requests`, `/requests/ID`. */
export function place() {
  const path = location.pathname.slice(BASE.length).replace(/\/+$/, "");
  return { path: path === "" ? "/" : path, params: new URLSearchParams(location.search) };
}

/** The address of a page. Values that are null or empty are left out. */
export function linkTo(path, params = {}) {
  return `${BASE}${path === "/" ? "/" : path}${queryOf(params)}`;
}

/** @param {{replace?: boolean}} options replace: no step of its own in the browser's history. */
export function go(address, { replace = false } = {}) {
  if (replace || address === location.pathname + location.search) {
    history.replaceState(history.state, "", address);
  } else {
    remember({ scroll: scrollY });
    const { pathname } = location;
    history.pushState(null, "", address);
    if (location.pathname !== pathname) scrollTo(0, 0);
  }
  for (const listener of listeners) listener();
}

/** Something about this step of the history, for whoever comes back to it. */
export function remember(facts) {
  history.replaceState({ ...history.state, ...facts }, "");
}

/** What was remembered of this step. */
export function remembered() {
  return history.state ?? {};
}

/** How many frames a page may take until it is as long as it was. */
const FRAMES = 60;

/** Back to where the reader was, as soon as the page is long enough again. */
function scrollBack() {
  const { scroll = 0 } = remembered();
  const here = location.href;
  let frames = 0;
  const step = () => {
    if (location.href !== here) return;
    scrollTo(0, scroll);
    if (scrollY < scroll - 1 && frames++ < FRAMES) requestAnimationFrame(step);
  };
  step();
}

/** Those that stand there more than once as a list. */
function valuesOf(params) {
  return Object.fromEntries([...params.keys()].map((name) => {
    const all = params.getAll(name);
    return [name, all.length > 1 ? all : all[0]];
  }));
}

/** Changes some values of the query and leaves the others. */
export function setParams(changes, options = {}) {
  const { path, params } = place();
  go(linkTo(path, { ...valuesOf(params), ...changes }), options);
}

export function usePlace() {
  const [, again] = useState(0);
  useEffect(() => {
    const changed = () => again((count) => count + 1);
    const back = () => {
      changed();
      scrollBack();
    };
    listeners.add(changed);
    addEventListener("popstate", back);
    return () => {
      listeners.delete(changed);
      removeEventListener("popstate", back);
    };
  }, []);
  return place();
}

/** Links of the console stay in the page; all else is the browser's business. */
export function followLinks(event) {
  if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey) {
    return;
  }
  const link = event.target.closest?.("a[href]");
  if (link === null || link === undefined || link.target !== "" || link.hasAttribute("download")) return;
  const url = new URL(link.href);
  if (url.origin !== location.origin || !url.pathname.startsWith(`${BASE}/`)) return;
  event.preventDefault();
  go(url.pathname + url.search);
  scrollTo(0, 0);
}
