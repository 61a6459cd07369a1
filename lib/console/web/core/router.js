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
  if (replace) history.replaceState(null, "", address);
  else history.pushState(null, "", address);
  for (const listener of listeners) listener();
}

/** Changes some values of the query and leaves the others. */
export function setParams(changes, options = { replace: true }) {
  const { path, params } = place();
  go(linkTo(path, { ...Object.fromEntries(params), ...changes }), options);
}

export function usePlace() {
  const [, again] = useState(0);
  useEffect(() => {
    const changed = () => again((count) => count + 1);
    listeners.add(changed);
    addEventListener("popstate", changed);
    return () => {
      listeners.delete(changed);
      removeEventListener("popstate", changed);
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
