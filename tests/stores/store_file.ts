import { dirname } from "node:path";
import { systemClock } from "../../lib/clock.ts";
import { type SqliteStores, sqliteStores, type SqliteStoresOptions } from "../../lib/stores/sqlite_stores.ts";

/** A file for stores, in a directory of its own that goes with it. */
export class StoreFile implements AsyncDisposable {
  readonly path = `${Deno.makeTempDirSync({ prefix: "conversations-" })}/conversations.db`;

  open(options: Partial<SqliteStoresOptions> = {}): Promise<SqliteStores> {
    return sqliteStores({
      path: this.path,
      synchronous: "normal",
      // Far more than a loaded machine needs, and than a manual clock jumps.
      timeout: 7_200_000,
      maxEntries: 1_000,
      maxBytes: 512 * 1024 * 1024,
      ttl: 3_600_000,
      clock: systemClock,
      ...options,
    });
  }

  /** The file goes when the stores are closed. */
  async openOnce(options: Partial<SqliteStoresOptions> = {}): Promise<SqliteStores> {
    const stores = await this.open(options);
    const close = stores.turns.close.bind(stores.turns);
    stores.turns.close = async () => {
      await close();
      await this[Symbol.asyncDispose]();
    };
    return stores;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(dirname(this.path), { recursive: true });
  }
}
