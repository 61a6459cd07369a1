import type { DatabaseSync } from "node:sqlite";
import { checkRead } from "../../refusal.ts";
import type { CommandTable } from "../database.ts";
import { byteLength } from "../../../byte_length.ts";
import type { ItemCommands, ItemText } from "./commands.ts";
import { isStale, type Shelf } from "./shelf.ts";

/** What an item takes besides its JSON, about. */
const ITEM_BYTES = 128;

export function itemCommands(database: DatabaseSync, shelf: Shelf): CommandTable<ItemCommands> {
  const statements = prepare(database);
  const find = (owner: string, id: string, now: number) => shelf.find("conversation", owner, id, now);

  /** @returns what those take that were not there yet, bytes. */
  function add(number: number, items: readonly ItemText[]): number {
    let bytes = 0;
    for (const { id, json } of items) {
      const { changes } = statements.addItem.run(number, id, json);
      if (changes > 0) bytes += ITEM_BYTES + byteLength(json);
    }
    return bytes;
  }

  function change(number: number, bytes: number, now: number): void {
    shelf.resize(number, bytes, now);
    shelf.prolong(number, now);
  }

  return {
    createConversation: {
      mode: "write",
      run(owner, id, json, items, now) {
        const number = shelf.put({
          kind: "conversation",
          owner,
          id,
          previousId: null,
          json,
          response: null,
          run: false,
          leaseProcess: null,
          leaseUntil: null,
        }, now);
        if (items.length > 0) shelf.resize(number, add(number, items), now);
        return shelf.level();
      },
    },
    getConversation: {
      mode: "read",
      run(owner, id, now) {
        const entry = find(owner, id, now);
        return entry === null ? null : { json: entry.json, stale: isStale(entry, now) };
      },
    },
    updateConversation: {
      mode: "write",
      run(owner, id, fields, now) {
        const entry = find(owner, id, now);
        if (entry === null) return null;
        const json = JSON.stringify({ ...JSON.parse(entry.json), ...JSON.parse(fields) });
        statements.setJson.run(json, entry.number);
        change(entry.number, byteLength(json) - byteLength(entry.json), now);
        return json;
      },
    },
    deleteConversation: {
      mode: "write",
      run(owner, id, now) {
        const entry = find(owner, id, now);
        if (entry !== null) shelf.remove(entry.number);
        return entry !== null;
      },
    },
    appendItems: {
      mode: "write",
      run(owner, id, items, now) {
        const entry = find(owner, id, now);
        if (entry === null) return null;
        change(entry.number, add(entry.number, items), now);
        return shelf.level();
      },
    },
    allItems: {
      mode: "read",
      run(owner, id, now) {
        const entry = find(owner, id, now);
        if (entry === null) return null;
        checkRead(entry.bytes, id);
        return { items: statements.allItems.all(entry.number).map(jsonOf), stale: isStale(entry, now) };
      },
    },
    listItems: {
      mode: "read",
      run(owner, id, after, limit, order, now) {
        const entry = find(owner, id, now);
        if (entry === null) return null;
        let from = order === "asc" ? 0 : Number.MAX_SAFE_INTEGER;
        if (after !== null) {
          const row = statements.item.get(entry.number, after);
          if (row === undefined) return null;
          from = Number(row["number"]);
        }
        const statement = order === "asc" ? statements.itemsAfter : statements.itemsBefore;
        const rows = statement.all(entry.number, from, limit + 1);
        const items = rows.slice(0, limit).map(jsonOf);
        return { items, hasMore: rows.length > limit, stale: isStale(entry, now) };
      },
    },
    item: {
      mode: "read",
      run(owner, id, itemId, now) {
        const entry = find(owner, id, now);
        const row = entry === null ? undefined : statements.item.get(entry.number, itemId);
        return row === undefined ? null : jsonOf(row);
      },
    },
    deleteItem: {
      mode: "write",
      run(owner, id, itemId, now) {
        const entry = find(owner, id, now);
        const row = entry === null ? undefined : statements.item.get(entry.number, itemId);
        if (entry === null || row === undefined) return false;
        statements.removeItem.run(entry.number, itemId);
        change(entry.number, -(ITEM_BYTES + byteLength(jsonOf(row))), now);
        return true;
      },
    },
    touchConversation: {
      mode: "write",
      run(owner, id, now) {
        const entry = find(owner, id, now);
        if (entry !== null) shelf.use(entry.number, now);
      },
    },
  };
}

function jsonOf(row: unknown): string {
  return (row as { json: string }).json;
}

function prepare(database: DatabaseSync) {
  return {
    addItem: database.prepare(
      "INSERT INTO items (entry, id, json) VALUES (?, ?, ?) ON CONFLICT (entry, id) DO NOTHING",
    ),
    setJson: database.prepare("UPDATE entries SET json = ? WHERE number = ?"),
    item: database.prepare("SELECT number, json FROM items WHERE entry = ? AND id = ?"),
    removeItem: database.prepare("DELETE FROM items WHERE entry = ? AND id = ?"),
    allItems: database.prepare("SELECT json FROM items WHERE entry = ? ORDER BY number"),
    itemsAfter: database.prepare(
      "SELECT json FROM items WHERE entry = ? AND number > ? ORDER BY number LIMIT ?",
    ),
    itemsBefore: database.prepare(
      "SELECT json FROM items WHERE entry = ? AND number < ? ORDER BY number DESC LIMIT ?",
    ),
  };
}
