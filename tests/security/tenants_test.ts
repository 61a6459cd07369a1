import { assertEquals } from "@std/assert";
import { requires } from "../requires.ts";
import { PostgresServer } from "../stores/postgres_server.ts";
import { RedisServer } from "../stores/redis_server.ts";
import { crossTenantProbes } from "./tenants.ts";

/** What a store is asked with, and what goes when it was. */
interface Kept extends AsyncDisposable {
  readonly kept: string;
}

interface Store {
  readonly probes: number;
  readonly needs: { readonly ignore: boolean };
  open(): Promise<Kept>;
}

/** Longer than a loaded machine needs: a store that is given up answers 503, which is no 404. */
const TIMEOUT = "20s";

const STORES: Readonly<Record<string, Store>> = {
  memory: {
    probes: 1000,
    needs: { ignore: false },
    open: () => Promise.resolve(kept("conversations: {}", () => Promise.resolve())),
  },
  SQLite: {
    probes: 1000,
    needs: { ignore: false },
    async open() {
      const directory = await Deno.makeTempDir({ prefix: "tenants-" });
      return kept(
        `conversations: { path: ${directory}/conversations.db }`,
        () => Deno.remove(directory, { recursive: true }),
      );
    },
  },
  Redis: {
    probes: 500,
    needs: requires("redis"),
    async open() {
      const server = await RedisServer.start();
      return kept(
        `conversations: { store: redis, timeout: ${TIMEOUT} }\nredis: { url: "${server.url}", timeout: ${TIMEOUT} }`,
        () => server[Symbol.asyncDispose](),
      );
    },
  },
  Postgres: {
    probes: 500,
    needs: requires("postgres"),
    async open() {
      const server = await PostgresServer.start();
      return kept(
        `conversations: { store: postgres, timeout: ${TIMEOUT} }\n` +
          `postgres: { url: "${server.url}", timeout: ${TIMEOUT} }`,
        () => server[Symbol.asyncDispose](),
      );
    },
  },
};

for (const [name, { probes, needs, open }] of Object.entries(STORES)) {
  Deno.test({
    name: `what one caller keeps is not there for another, on every route that takes an id (${name})`,
    ...needs,
    async fn() {
      await using store = await open();
      const { unknown, failed, faults } = await crossTenantProbes({
        seed: 20_261_125,
        probes,
        kept: store.kept,
      });
      assertEquals([failed, faults], [0, []]);
      // A route with an id that is new: say in tests/security/tenants.ts whose its ids are.
      assertEquals(unknown, []);
    },
  });
}

function kept(text: string, dispose: () => Promise<void>): Kept {
  return { kept: text, [Symbol.asyncDispose]: dispose };
}
