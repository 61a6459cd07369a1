import type { Tool } from "../requires.ts";
import { PostgresServer } from "../stores/postgres_server.ts";
import { RedisServer } from "../stores/redis_server.ts";

/** What a store is asked with, and what goes when it was. */
export interface Kept extends AsyncDisposable {
  readonly kept: string;
}

interface Store {
  /** Of a test. */
  readonly probes: number;
  /** Programs without which it is left out. */
  readonly needs: readonly Tool[];
  open(): Promise<Kept>;
}

/** Longer than a loaded machine needs: a store that is given up answers 503, which is no 404. */
const TIMEOUT = "20s";

/** All kinds of stores that keep what is a caller's own. */
export const STORES: Readonly<Record<string, Store>> = {
  memory: {
    probes: 1000,
    needs: [],
    open: () =>
      Promise.resolve(
        kept("conversations: {}\npass_through: { provider: mock, store: memory }", () => Promise.resolve()),
      ),
  },
  SQLite: {
    probes: 1000,
    needs: [],
    async open() {
      const directory = await Deno.makeTempDir({ prefix: "tenants-" });
      return kept(
        `conversations: { path: ${directory}/conversations.db, timeout: ${TIMEOUT} }\n` +
          `pass_through: { provider: mock, path: ${directory}/owned_ids.db, timeout: ${TIMEOUT} }`,
        () => Deno.remove(directory, { recursive: true }),
      );
    },
  },
  Redis: {
    probes: 500,
    needs: ["redis"],
    async open() {
      const server = await RedisServer.start();
      return kept(
        `conversations: { store: redis, timeout: ${TIMEOUT} }\npass_through: { provider: mock, store: redis }\nredis: { url: "${server.url}", timeout: ${TIMEOUT} }`,
        () => server[Symbol.asyncDispose](),
      );
    },
  },
  Postgres: {
    probes: 500,
    needs: ["postgres"],
    async open() {
      const server = await PostgresServer.start();
      return kept(
        `conversations: { store: postgres, timeout: ${TIMEOUT} }\n` +
          `pass_through: { provider: mock, store: postgres }\n` +
          `postgres: { url: "${server.url}", timeout: ${TIMEOUT} }`,
        () => server[Symbol.asyncDispose](),
      );
    },
  },
};

function kept(text: string, dispose: () => Promise<void>): Kept {
  return { kept: text, [Symbol.asyncDispose]: dispose };
}
