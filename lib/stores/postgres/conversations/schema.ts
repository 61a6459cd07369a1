import { boundedEntries } from "../bounded_entries.ts";
import type { PostgresDatabase } from "../database.ts";

export const conversationEntries = boundedEntries("conversation", { turns: "entry.kind = 'turn'" });

/**
 * Tables of conversations. An entry is a turn or a conversation; it is what the limits count. `json` is what never
 * changes of it, `state` what is replaced: the response of a turn, the metadata of a conversation. Both are JSON in
 * columns of texts, for `jsonb` knows no NUL. A run's events and a conversation's items belong to an entry by its
 * number, which is never used again: where an entry goes, its parts become garbage at once and are removed bit by bit.
 *
 * `changed_at` is when the time to live began and `used_at` when it was last read or written, both Unix milliseconds
 * of the gateways' clocks.
 */
const VERSION_1 = `
CREATE TABLE conversation_entries (
  number bigserial PRIMARY KEY,
  kind text NOT NULL,
  owner text NOT NULL,
  id text NOT NULL,
  previous_id text,
  changed_at bigint NOT NULL,
  used_at bigint NOT NULL,
  bytes bigint NOT NULL,
  run boolean NOT NULL,
  last_sequence bigint,
  lease_process text,
  lease_until bigint,
  json text NOT NULL,
  state text NOT NULL,
  UNIQUE (owner, kind, id)
);
CREATE INDEX conversation_entries_by_age ON conversation_entries (changed_at);
CREATE INDEX conversation_entries_by_use ON conversation_entries (used_at, number);
CREATE INDEX conversation_entries_by_lease ON conversation_entries (lease_until) WHERE lease_until IS NOT NULL;
${conversationEntries.migration}

CREATE TABLE conversation_events (
  entry bigint NOT NULL,
  sequence bigint NOT NULL,
  text text NOT NULL,
  PRIMARY KEY (entry, sequence)
);

CREATE TABLE conversation_items (
  number bigserial NOT NULL,
  entry bigint NOT NULL,
  id text NOT NULL,
  json text NOT NULL,
  PRIMARY KEY (entry, number),
  UNIQUE (entry, id)
);

CREATE TABLE conversation_garbage (entry bigint PRIMARY KEY);

CREATE FUNCTION conversation_discard() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
  INSERT INTO conversation_garbage VALUES (OLD.number);
  RETURN NULL;
END $$;
CREATE TRIGGER conversation_discarded AFTER DELETE OR UPDATE OF number ON conversation_entries
FOR EACH ROW WHEN (OLD.run OR OLD.kind = 'conversation') EXECUTE FUNCTION conversation_discard();
`;

/** Turns, background runs, and conversations with their items. */
export const conversations: PostgresDatabase = { name: "conversations", migrations: [VERSION_1] };
