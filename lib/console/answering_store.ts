import { GatewayError } from "../errors.ts";
import type { EndedSessionStore, RequestSink, RequestStore } from "../stores/request_store.ts";

/** A store as the console asks it. */
export type AskedStore = Omit<
  RequestStore,
  keyof RequestSink | keyof EndedSessionStore | "records" | "has" | "tell" | "ending" | "close"
>;

/** The store, whose failures are answers: all reject with `request_store_unavailable`. */
export function answeringStore(store: AskedStore): AskedStore {
  const answer = <T>(work: Promise<T>) =>
    work.catch((cause) => {
      const message = `What is kept of requests cannot be read: ${store.failure() ?? "there was no answer"}.`;
      throw new GatewayError("request_store_unavailable", message, { cause, retryAfter: 5 });
    });
  return {
    backend: store.backend,
    list: (query) => answer(store.list(query)),
    find: (id) => answer(store.find(id)),
    trace: (traceId) => answer(store.trace(traceId)),
    statistics: (query) => answer(store.statistics(query)),
    values: (field) => answer(store.values(field)),
    state: () => answer(store.state()),
    failure: () => store.failure(),
  };
}
