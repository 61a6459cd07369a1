import { checkRead } from "../../refusal.ts";
import type { CommandTable } from "../database.ts";
import type { Found, TurnCommands, TurnText } from "./commands.ts";
import { type Entry, isStale, type NewEntry, type Shelf } from "./shelf.ts";

export function turnCommands(shelf: Shelf): CommandTable<TurnCommands> {
  const find = (owner: string, id: string, now: number) => shelf.find("turn", owner, id, now);

  /** Oldest first; null where one is absent, or where a turn leads back to itself. */
  function chain(owner: string, id: string, now: number): Entry[] | null {
    const entries: Entry[] = [];
    const seen = new Set<number>();
    let length = 0;
    for (let at: string | null = id; at !== null;) {
      const entry = find(owner, at, now);
      if (entry === null || seen.has(entry.number)) return null;
      seen.add(entry.number);
      length += entry.json.length + (entry.response?.length ?? 0);
      checkRead(length, id);
      entries.push(entry);
      at = entry.previous_id;
    }
    return entries.reverse();
  }

  return {
    create: {
      mode: "write",
      run(turn, now) {
        shelf.put(turnEntry(turn), now);
        return shelf.level();
      },
    },
    get: {
      mode: "read",
      run(owner, id, now) {
        const entry = find(owner, id, now);
        return entry === null ? null : found(entry, now);
      },
    },
    chain: {
      mode: "read",
      run: (owner, id, now) => chain(owner, id, now)?.map((entry) => found(entry, now)) ?? null,
    },
    delete: {
      mode: "write",
      run(owner, id, now) {
        // One that is too old goes as well, and was not there.
        const existed = find(owner, id, now) !== null;
        shelf.removeNamed("turn", owner, id);
        return { existed, turns: shelf.totals().turns };
      },
    },
    touchChain: {
      mode: "write",
      run(owner, id, now) {
        for (const { number } of chain(owner, id, now) ?? []) shelf.use(number, now);
      },
    },
  };
}

export function turnEntry({ owner, id, previousId, json, response }: TurnText): NewEntry {
  const plain = { run: false, leaseProcess: null, leaseUntil: null };
  return { kind: "turn", owner, id, previousId, json, response, ...plain };
}

/** A whole turn, its response put back into its place. */
export function turnText({ json, response }: { json: string; response: string | null }): string {
  return `${json.slice(0, -1)},"response":${response ?? "null"}}`;
}

function found(entry: Entry, now: number): Found {
  return { json: turnText(entry), stale: isStale(entry, now) };
}
