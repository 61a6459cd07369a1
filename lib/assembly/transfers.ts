import { systemClock } from "../clock.ts";
import type { Config } from "../config/config.ts";
import { Deadlines } from "../deadlines.ts";
import { ConversationTransfer } from "../stores/transfer/conversation_transfer.ts";
import { KeyTransfer } from "../stores/transfer/key_transfer.ts";
import { RequestTransfer } from "../stores/requests/request_transfer.ts";
import { OwnedIdTransfer } from "../stores/transfer/owned_id_transfer.ts";
import { SpendTransfer } from "../stores/transfer/spend_transfer.ts";
import type { Transfer } from "../stores/transfer/transfer.ts";
import { TransferClock } from "../stores/transfer/transfer_clock.ts";
import type { Logger } from "../telemetry/logger.ts";
import { openConversations } from "./conversations.ts";
import { keepsSpend } from "../config/has_limits.ts";
import { keepsOwners } from "../config/pass_through.ts";
import { openKeys } from "./keys.ts";
import { openOwnedIdStore } from "./owned_ids.ts";
import { SharedPostgres } from "./postgres.ts";
import { openRequestStore } from "./requests.ts";
import { openSpendStore } from "./spend.ts";

interface Around {
  readonly deadlines: Deadlines;
  readonly random: () => number;
  readonly logger: Logger;
  readonly postgres: SharedPostgres;
}

interface TransferRow {
  /** As `--only` names it. */
  readonly name: string;
  /** The way to and from where the configuration keeps them; a text says why there is none. */
  open(config: Config, around: Around): Promise<Transfer | string>;
}

/** All that can be exported and imported, in this order: whoever keeps something else adds a row. */
export const TRANSFERS: readonly TransferRow[] = [
  {
    name: "keys",
    async open({ keys, redis }, around) {
      if (keys === null) return "there are none (keys)";
      if (keys.store === "memory") return "they are in the memory of the gateway (keys.store)";
      const { store, directory } = await openKeys(keys, redis, { ...around, clock: systemClock });
      directory.close();
      return new KeyTransfer(store);
    },
  },
  {
    name: "spend",
    async open(config, around) {
      if (!keepsSpend(config)) return "what is spent is not kept (spend)";
      if (config.spend.store === "memory") return "it is in the memory of the gateway (spend.store)";
      const store = await openSpendStore(config, { ...around, clock: systemClock });
      return new SpendTransfer(store, systemClock);
    },
  },
  {
    name: "requests",
    async open(config, around) {
      const { requests, logging } = config;
      if (!requests.enabled) return "they are not kept (requests)";
      if (requests.store === "memory") return "they are in the memory of the gateway (requests.store)";
      return new RequestTransfer({
        store: await openRequestStore(config, { ...around, clock: systemClock }),
        clock: systemClock,
        maxAge: requests.max_age,
        slowMs: logging.slow_request_threshold,
      });
    },
  },
  {
    name: "owned_ids",
    async open(config, around) {
      if (!keepsOwners(config)) return "whose files and batches are is not kept (pass_through)";
      if (config.pass_through.store === "memory") {
        return "they are in the memory of the gateway (pass_through.store)";
      }
      const store = await openOwnedIdStore(config, { ...around, clock: systemClock });
      return new OwnedIdTransfer(store, systemClock);
    },
  },
  {
    name: "conversations",
    async open(config, around) {
      const { conversations } = config;
      if (conversations.store === "memory") {
        return "they are in the memory of the gateway (conversations.store)";
      }
      const clock = new TransferClock();
      const { stores } = await openConversations(config, { ...around, clock });
      return new ConversationTransfer({ stores, clock, ttl: conversations.ttl });
    },
  },
];

/** Nobody waits at a screen for one command, and there may be much to read. */
const TIMEOUT = 60_000;

export interface OpenTransfers {
  readonly transfers: readonly Transfer[];
  /** Why there is no way for others, by name. */
  readonly absent: ReadonlyMap<string, string>;
  close(): Promise<void>;
}

/**
 * @param names of rows; empty: all.
 * @throws {SqliteOpenError | PostgresOpenError}
 */
export async function openTransfers(
  config: Config,
  names: readonly string[],
  logger: Logger,
): Promise<OpenTransfers> {
  const { conversations, postgres, keys, redis } = config;
  const patient: Config = {
    ...config,
    conversations: { ...conversations, timeout: TIMEOUT },
    postgres: postgres === null ? null : { ...postgres, timeout: TIMEOUT },
    keys: keys === null ? null : { ...keys, timeout: TIMEOUT },
    spend: { ...config.spend, timeout: TIMEOUT },
    pass_through: { ...config.pass_through, timeout: TIMEOUT },
    redis: redis === null ? null : { ...redis, timeout: TIMEOUT },
  };
  const around = { deadlines: new Deadlines(systemClock), random: Math.random, logger };
  const shared = new SharedPostgres(patient.postgres, { ...around, clock: systemClock });
  const transfers: Transfer[] = [];
  const absent = new Map<string, string>();
  const close = async () => {
    await Promise.all(transfers.map((transfer) => transfer.close()));
    await shared.close();
  };
  try {
    for (const row of TRANSFERS.filter(({ name }) => names.length === 0 || names.includes(name))) {
      const opened = await row.open(patient, { ...around, postgres: shared });
      if (typeof opened === "string") absent.set(row.name, opened);
      else transfers.push(opened);
    }
  } catch (error) {
    await close();
    throw error;
  }
  return { transfers, absent, close };
}
