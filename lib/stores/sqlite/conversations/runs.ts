import type { DatabaseSync } from "node:sqlite";
import type { CommandTable } from "../database.ts";
import { byteLength } from "../../../byte_length.ts";
import type { EventText, RunCommands } from "./commands.ts";
import type { Entry, Shelf } from "./shelf.ts";
import { turnEntry, turnText } from "./turns.ts";

/** What an event takes besides its text, about. */
const EVENT_BYTES = 32;

export function runCommands(database: DatabaseSync, shelf: Shelf): CommandTable<RunCommands> {
  const statements = prepare(database);

  function open(owner: string, id: string, now: number): Entry | null {
    const entry = shelf.find("turn", owner, id, now);
    return entry?.run === 1 && entry.lease_until !== null ? entry : null;
  }

  /** Adds those that are not there yet. @returns what they take, bytes. */
  function add(number: number, events: readonly EventText[]): number {
    if (events.length === 0) return 0;
    const last = statements.lastEvent.get(number)?.["sequence"] ?? null;
    let bytes = 0;
    for (const { sequence, text } of events) {
      if (last !== null && sequence <= Number(last)) continue;
      // As bytes, for Deno gives a text back no further than to its first NUL.
      const encoded = encoder.encode(text);
      statements.addEvent.run(number, sequence, encoded);
      bytes += EVENT_BYTES + encoded.length;
    }
    return bytes;
  }

  return {
    begin: {
      mode: "write",
      run(turn, { process, until }, events, now) {
        const entry = { ...turnEntry(turn), run: true, leaseProcess: process, leaseUntil: until };
        const number = shelf.put(entry, now);
        if (events.length > 0) shelf.resize(number, add(number, events), now);
        return shelf.level();
      },
    },
    change: {
      mode: "write",
      run(owner, id, response, events, finish, now) {
        const entry = open(owner, id, now);
        if (entry === null) return null;
        let bytes = add(entry.number, events);
        if (response !== null) {
          bytes += byteLength(response) - byteLength(entry.response ?? "");
          statements.setResponse.run(response, entry.number);
        }
        if (finish) statements.endLease.run(entry.number);
        shelf.resize(entry.number, bytes, now);
        return shelf.level();
      },
    },
    events: {
      mode: "read",
      run(owner, id, after, limit, now) {
        const entry = shelf.find("turn", owner, id, now);
        if (entry === null || entry.run === 0) return null;
        const events = statements.events.all(entry.number, after, limit).map((row) => ({
          sequence: Number(row["sequence"]),
          text: decoder.decode(row["text"] as Uint8Array),
        }));
        return { events, finished: entry.lease_until === null };
      },
    },
    renew: {
      mode: "write",
      run: (process, until, now) => void statements.renew.run(until, now, process),
    },
    abandoned: {
      mode: "read",
      run: (before, limit, now) =>
        statements.abandoned.all(before, shelf.oldest(now), limit).map((row) =>
          turnText(row as unknown as Entry)
        ),
    },
  };
}

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

function prepare(database: DatabaseSync) {
  return {
    addEvent: database.prepare("INSERT INTO events VALUES (?, ?, ?)"),
    lastEvent: database.prepare("SELECT max(sequence) AS sequence FROM events WHERE entry = ?"),
    events: database.prepare(
      "SELECT sequence, text FROM events WHERE entry = ? AND sequence > ? ORDER BY sequence LIMIT ?",
    ),
    setResponse: database.prepare("UPDATE entries SET response = ? WHERE number = ?"),
    endLease: database.prepare(
      "UPDATE entries SET lease_process = NULL, lease_until = NULL WHERE number = ?",
    ),
    renew: database.prepare(`
      UPDATE entries SET lease_until = ?, used_at = ? WHERE lease_until IS NOT NULL AND lease_process = ?`),
    abandoned: database.prepare(`
      SELECT json, response FROM entries WHERE lease_until IS NOT NULL AND lease_until < ? AND changed_at > ?
      ORDER BY lease_until LIMIT ?`),
  };
}
