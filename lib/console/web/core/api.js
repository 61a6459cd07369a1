/** The console's own API. Whoever is not logged in any more is shown the login again. */
import { useEffect, useLayoutEffect, useRef, useState } from "./packages.js";
import { queryOf } from "./query.js";

const BASE = "/console/api";

/** What the server says went wrong, in words that are fit for the page. */
export class ApiError extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

/** How soon something that failed is asked for again, ms. */
const AGAIN_MS = 3_000;

let csrf = "";
let onLogout = () => {};

/** @param {string} token what each change has to carry. @param {() => void} loggedOut */
export function begin(token, loggedOut) {
  csrf = token;
  onLogout = loggedOut;
}

export function address(path, params = {}) {
  return `${BASE}${path}${queryOf(params)}`;
}

/** @throws {ApiError} */
export async function call(path, { method = "GET", params, body, signal } = {}) {
  const headers = { accept: "application/json" };
  if (method !== "GET") headers["x-csrf-token"] = csrf;
  if (body !== undefined) headers["content-type"] = "application/json";
  let response;
  try {
    response = await fetch(address(path, params), {
      method,
      headers,
      signal,
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new ApiError(0, "The gateway does not answer; it is asked again.");
  }
  if (response.status === 401 && path !== "/login") onLogout();
  const answer = response.status === 204 ? null : await response.json().catch(() => null);
  if (!response.ok) {
    throw new ApiError(response.status, answer?.error?.message ?? `The gateway answered ${response.status}.`);
  }
  return answer;
}

/**
 * An answer that is asked for anew when its address changes and, while the page is seen, every so often. What was
 * there stays until there is something newer.
 * @param {string | null} path null: nothing is asked. @param {{params?: object, every?: number | ((data: any) => number)}} options every: ms; 0: not again.
 * @returns {{data: any, error: Error | null, loading: boolean, again: () => void}}
 */
export function useApi(path, { params = {}, every = 0 } = {}) {
  const where = path === null ? null : address(path, params);
  const [state, setState] = useState({ where: null, data: null, error: null, loading: true });
  const ask = useRef(() => {});
  // Before what is there is drawn, so that the answer comes meanwhile.
  useLayoutEffect(() => {
    if (where === null) return;
    const abort = new AbortController();
    let timer = 0;
    let wait = typeof every === "function" ? 0 : every;
    const run = async () => {
      clearTimeout(timer);
      setState((before) => ({ ...before, loading: true }));
      try {
        const data = await call(path, { params, signal: abort.signal });
        setState({ where, data, error: null, loading: false });
        wait = typeof every === "function" ? every(data) : every;
      } catch (error) {
        if (abort.signal.aborted) return;
        setState((before) => ({ ...before, where, error, loading: false }));
        // What is not there stays so; whoever is away, or has too much to do, may be back.
        if (wait === 0 && (error.status === 0 || error.status >= 429)) wait = AGAIN_MS;
      }
      if (wait > 0 && !abort.signal.aborted) timer = setTimeout(run, document.hidden ? wait * 10 : wait);
    };
    ask.current = run;
    run();
    return () => {
      abort.abort();
      clearTimeout(timer);
    };
  }, [where, typeof every === "function" ? 0 : every]);
  return { ...state, again: () => ask.current() };
}

/** Whether the page is looked at: one that is not needs nothing live. */
function useSeen() {
  const [seen, setSeen] = useState(!document.hidden);
  useEffect(() => {
    const changed = () => setSeen(!document.hidden);
    document.addEventListener("visibilitychange", changed);
    return () => document.removeEventListener("visibilitychange", changed);
  }, []);
  return seen;
}

/**
 * Live events, for as long as the part is there, looked at, and `on`. A browser has few connections for one server, so
 * pages in its background hold none.
 * @param {Record<string, (data: any) => void>} handlers by the event's name; `missed`: events may have been missed.
 * @returns {boolean} whether events can come now.
 */
export function useEvents(on, { missed = () => {}, ...handlers }, params = {}) {
  const latest = useRef({});
  latest.current = { missed, handlers };
  const [open, setOpen] = useState(false);
  const before = useRef(null);
  const seen = useSeen();
  const where = address("/events", params);
  useEffect(() => {
    if (!on) before.current = null;
    if (!on || !seen) return;
    let source, timer = 0, ended = false;
    const begin = () => {
      source = new EventSource(where);
      source.onopen = () => {
        setOpen(true);
        if (before.current === where) latest.current.missed();
        before.current = where;
      };
      source.onerror = () => {
        setOpen(false);
        // A connection that broke is made anew by the browser, one that was refused never is.
        if (source.readyState === EventSource.CLOSED) timer = setTimeout(again, AGAIN_MS);
      };
      for (const name of Object.keys(latest.current.handlers)) {
        source.addEventListener(name, (event) => latest.current.handlers[name]?.(JSON.parse(event.data)));
      }
    };
    const again = async () => {
      const session = await call("/session").catch(() => null);
      if (ended) return;
      if (session?.role === null) onLogout();
      else begin();
    };
    begin();
    return () => {
      ended = true;
      clearTimeout(timer);
      source.close();
      setOpen(false);
    };
  }, [on, seen, where]);
  return open;
}
