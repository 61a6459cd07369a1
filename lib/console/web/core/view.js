/** Views whose modules are fetched when they are first needed, so that the first page does not wait for the others. */
import { useEffect, useState } from "./packages.js";

/** By what fetches them. */
const fetched = new Map();

async function fetchView(view) {
  fetched.set(view, await view());
}

/** Fetches views when there is nothing else to do: from then on they are there at once, and without the gateway. */
export function fetchIdly(views) {
  const idle = globalThis.requestIdleCallback ?? setTimeout;
  // One that cannot be had is fetched again when it is needed.
  idle(() => Promise.allSettled(views.filter((view) => !fetched.has(view)).map(fetchView)));
}

/** @returns {{View: object | undefined, error: Error | null}} the view; undefined until it is there. */
export function useView(view) {
  const [error, setError] = useState(null);
  const [, setReady] = useState(false);
  useEffect(() => {
    if (!fetched.has(view)) fetchView(view).then(() => setReady(true), setError);
  }, [view]);
  return { View: fetched.get(view), error };
}
