import { conversationEntries } from "./schema.ts";

/** What an event or an item takes besides its text, about, bytes. */
export const EVENT_BYTES = 64;
export const ITEM_BYTES = 128;

/** `$1` owner, `$2` id, `$3` entries that did not change after this moment are too old. */
const turn = "owner = $1 AND kind = 'turn' AND id = $2 AND changed_at > $3";
const conversation = "owner = $1 AND kind = 'conversation' AND id = $2 AND changed_at > $3";
const openRun = `${turn} AND run AND lease_until IS NOT NULL`;

const { totals } = conversationEntries;

/** Of an entry and all before it, the columns that a chain is walked by; a turn that leads back to itself ends it. */
const chain = `
WITH RECURSIVE chain (number, previous_id, bytes) AS (
  SELECT number, previous_id, octet_length(json) + octet_length(state) FROM conversation_entries WHERE ${turn}
  UNION
  SELECT entry.number, entry.previous_id, octet_length(entry.json) + octet_length(entry.state)
  FROM chain JOIN conversation_entries AS entry ON entry.owner = $1 AND entry.kind = 'turn'
    AND entry.id = chain.previous_id AND entry.changed_at > $3
)`;

/**
 * Puts an entry in place of the one of its kind, owner and id, under a new number: the parts of the old one are not
 * its own. With it its events or items. Row: its number, whether it is one more, and the totals as they were before.
 */
function put(parts: string): string {
  return `
WITH put AS (
  INSERT INTO conversation_entries AS entry (owner, kind, id, previous_id, changed_at, used_at, bytes, json, state, run,
    lease_process, lease_until, last_sequence)
  VALUES ($1, $2, $3, $4, $5, $5, $6, $7, $8, $9, $10, $11, $12)
  ON CONFLICT (owner, kind, id) DO UPDATE SET number = excluded.number, previous_id = excluded.previous_id,
    changed_at = excluded.changed_at, used_at = excluded.used_at, bytes = excluded.bytes, json = excluded.json,
    state = excluded.state, run = excluded.run, lease_process = excluded.lease_process,
    lease_until = excluded.lease_until, last_sequence = excluded.last_sequence
  RETURNING number, xmax = 0 AS added
), parts AS (${parts})
SELECT put.number, put.added, totals.* FROM put, ${totals} AS totals`;
}

/** Each is one step, whole or not at all, whatever other processes do meanwhile. */
export const STATEMENTS = {
  totals: `SELECT totals.* FROM ${totals} AS totals`,

  /** With events: `$13` their numbers, `$14` their texts. */
  putTurn: put(`
  INSERT INTO conversation_events SELECT put.number, event.sequence, event.text
  FROM put, unnest($13::bigint[], $14::text[]) AS event (sequence, text)`),

  /** With items: `$13` their ids, `$14` their texts. */
  putConversation: put(`
  INSERT INTO conversation_items (entry, id, json) SELECT put.number, item.id, item.json
  FROM put, unnest($13::text[], $14::text[]) WITH ORDINALITY AS item (id, json, place) ORDER BY item.place`),

  getTurn: `SELECT number, used_at, json, state FROM conversation_entries WHERE ${turn}`,

  /** Where all is larger than `$4` bytes, without the texts. */
  chain: `${chain}, size AS (SELECT sum(bytes)::int8 AS bytes FROM chain)
SELECT size.bytes, entry.id, entry.previous_id, entry.used_at, entry.json, entry.state
FROM chain CROSS JOIN size LEFT JOIN conversation_entries AS entry
  ON entry.number = chain.number AND size.bytes <= $4`,

  /** Notes at `$4` that a chain was used; what somebody else changes now is in use anyway. */
  touchChain: `${chain}
UPDATE conversation_entries SET used_at = $4 WHERE number IN (
  SELECT entry.number FROM conversation_entries AS entry JOIN chain USING (number) FOR UPDATE OF entry SKIP LOCKED)`,

  touch: `UPDATE conversation_entries SET used_at = $2 WHERE number = $1`,

  /** `$4` its kind. One that is too old goes as well, and was not there. */
  remove: `
DELETE FROM conversation_entries WHERE owner = $1 AND id = $2 AND kind = $4 RETURNING changed_at > $3 AS existed`,

  /**
   * Changes a run that is not over: `$4`, `$5` more events, those up to its last passed over; `$6` its response, or
   * null; `$7` whether that was all; `$8` now; `$9` the bytes that it may have. Row: the bytes that it would have.
   */
  changeRun: `
WITH entry AS (
  SELECT number, bytes, state, last_sequence FROM conversation_entries WHERE ${openRun} FOR UPDATE
), more AS (
  SELECT entry.number, event.sequence, event.text FROM entry, unnest($4::bigint[], $5::text[]) AS event (sequence, text)
  WHERE entry.last_sequence IS NULL OR event.sequence > entry.last_sequence
), size AS (
  SELECT number, bytes + coalesce(octet_length($6::text) - octet_length(state), 0) +
    coalesce((SELECT sum(${EVENT_BYTES} + octet_length(text)) FROM more), 0)::int8 AS bytes, bytes AS bytes_before
  FROM entry
), added AS (
  INSERT INTO conversation_events SELECT more.* FROM more JOIN size USING (number) WHERE size.bytes <= $9
), changed AS (
  UPDATE conversation_entries AS entry SET bytes = size.bytes, used_at = $8, state = coalesce($6, entry.state),
    last_sequence = coalesce((SELECT max(sequence) FROM more), entry.last_sequence),
    lease_process = CASE WHEN $7 THEN NULL ELSE entry.lease_process END,
    lease_until = CASE WHEN $7 THEN NULL ELSE entry.lease_until END
  FROM size WHERE entry.number = size.number AND size.bytes <= $9
)
SELECT size.number, size.bytes AS size, size.bytes - size.bytes_before AS more, totals.*
FROM size, ${totals} AS totals`,

  /** At most `$5` events after `$4`: a row each, or one without an event. */
  events: `
SELECT entry.lease_until IS NULL AS finished, event.sequence, event.text
FROM conversation_entries AS entry LEFT JOIN LATERAL (
  SELECT sequence, text FROM conversation_events AS part WHERE part.entry = entry.number AND sequence > $4
  ORDER BY sequence LIMIT $5
) AS event ON true
WHERE entry.owner = $1 AND kind = 'turn' AND entry.id = $2 AND changed_at > $3 AND run`,

  renew: `
UPDATE conversation_entries SET lease_until = $2, used_at = $3 WHERE lease_until IS NOT NULL AND lease_process = $1`,

  abandoned: `
SELECT json, state FROM conversation_entries WHERE lease_until IS NOT NULL AND lease_until < $1 AND changed_at > $2
ORDER BY lease_until LIMIT $3`,

  getConversation: `SELECT number, used_at, json, state FROM conversation_entries WHERE ${conversation}`,

  /** `$4` the metadata, `$5` now. */
  updateConversation: `
UPDATE conversation_entries SET state = $4, bytes = bytes + octet_length($4::text) - octet_length(state),
  used_at = $5, changed_at = $5
WHERE ${conversation} RETURNING json, state`,

  /**
   * Adds items, `$4` their ids and `$5` their texts, that are not there yet; `$6` what they take, bytes; `$7` now; `$8`
   * the bytes that the conversation may have. Row: the bytes that it would have were none there.
   */
  appendItems: `
WITH entry AS (
  SELECT number, bytes + $6 AS bytes FROM conversation_entries WHERE ${conversation} FOR UPDATE
), added AS (
  INSERT INTO conversation_items (entry, id, json) SELECT entry.number, item.id, item.json
  FROM entry, unnest($4::text[], $5::text[]) WITH ORDINALITY AS item (id, json, place)
  WHERE entry.bytes <= $8 ORDER BY item.place
  ON CONFLICT (entry, id) DO NOTHING RETURNING ${ITEM_BYTES} + octet_length(json) AS bytes
), changed AS (
  UPDATE conversation_entries AS entry SET used_at = $7, changed_at = $7,
    bytes = entry.bytes + coalesce((SELECT sum(bytes) FROM added), 0)::int8
  FROM entry AS found WHERE entry.number = found.number AND found.bytes <= $8
)
SELECT entry.number, entry.bytes AS size, totals.* FROM entry, ${totals} AS totals`,

  /** Where all is larger than `$4` bytes, without the texts. A row each, or one without an item. */
  allItems: `
SELECT entry.number, entry.used_at, entry.bytes, item.json
FROM conversation_entries AS entry LEFT JOIN conversation_items AS item
  ON item.entry = entry.number AND entry.bytes <= $4
WHERE entry.owner = $1 AND kind = 'conversation' AND entry.id = $2 AND changed_at > $3
ORDER BY item.number`,

  itemsAfter: page("coalesce(%, 0)", ">", "ASC"),
  itemsBefore: page("coalesce(%, 9223372036854775807)", "<", "DESC"),

  item: `
SELECT entry.number, entry.used_at, item.json FROM conversation_entries AS entry
JOIN conversation_items AS item ON item.entry = entry.number AND item.id = $4
WHERE entry.owner = $1 AND kind = 'conversation' AND entry.id = $2 AND changed_at > $3`,

  /** `$4` the item's id, `$5` now. */
  removeItem: `
WITH entry AS (SELECT number FROM conversation_entries WHERE ${conversation} FOR UPDATE), gone AS (
  DELETE FROM conversation_items AS item USING entry WHERE item.entry = entry.number AND item.id = $4
  RETURNING item.entry, ${ITEM_BYTES} + octet_length(item.json) AS bytes
)
UPDATE conversation_entries AS entry SET bytes = entry.bytes - gone.bytes, used_at = $5, changed_at = $5
FROM gone WHERE entry.number = gone.entry RETURNING entry.number`,

  /** Removes `$2` at most of those that did not change after `$1`. One process at a time; another does nothing. */
  expire: `
WITH gone AS (
  DELETE FROM conversation_entries WHERE number IN (
    SELECT number FROM conversation_entries WHERE changed_at <= $1 ORDER BY changed_at
    LIMIT CASE WHEN pg_try_advisory_xact_lock(hashtext('conversation_expire')) THEN $2 ELSE 0 END
  ) RETURNING 1
)
SELECT count(*) AS removed FROM gone`,

  /** Removes `$2` at most of the events, and of the items, that belonged to `$1` entries that went. */
  removeParts: `
WITH discarded AS (
  SELECT entry FROM conversation_garbage LIMIT $1 FOR UPDATE SKIP LOCKED
), events AS (
  DELETE FROM conversation_events WHERE (entry, sequence) IN (
    SELECT entry, sequence FROM conversation_events WHERE entry IN (SELECT entry FROM discarded) LIMIT $2
  ) RETURNING 1
), items AS (
  DELETE FROM conversation_items WHERE (entry, number) IN (
    SELECT entry, number FROM conversation_items WHERE entry IN (SELECT entry FROM discarded) LIMIT $2
  ) RETURNING 1
), counted AS (
  SELECT (SELECT count(*) FROM events) AS events, (SELECT count(*) FROM items) AS items
), done AS (
  DELETE FROM conversation_garbage USING counted
  WHERE entry IN (SELECT entry FROM discarded) AND events < $2 AND items < $2 RETURNING 1
)
SELECT (SELECT count(*) FROM discarded) AS entries`,

  evict: conversationEntries.evict,

  /** Entries behind number `$1`, `$2` at most, of owner `$3` or, where it is null, of all, that changed since `$4`. */
  index: `
SELECT number, kind, owner, id, changed_at, run FROM conversation_entries
WHERE number > $1 AND ($3::text IS NULL OR owner = $3) AND changed_at >= $4 AND changed_at > $5
ORDER BY number LIMIT $2`,
} as const;

/** A page of items after `$4`, or from the start where it is null; `$5` how many. A row without an item: none. */
function page(from: string, direction: string, order: string): string {
  return `
WITH entry AS (SELECT number, used_at FROM conversation_entries WHERE ${conversation}), place AS (
  SELECT entry.number, entry.used_at, (SELECT part.number FROM conversation_items AS part WHERE part.entry = entry.number AND part.id = $4) AS at
  FROM entry
)
SELECT place.number, place.used_at, place.at IS NOT NULL OR $4::text IS NULL AS there, item.json
FROM place LEFT JOIN LATERAL (
  SELECT json, number FROM conversation_items AS part WHERE part.entry = place.number
    AND number ${direction} ${from.replace("%", "place.at")} ORDER BY number ${order} LIMIT $5
) AS item ON true ORDER BY item.number ${order}`;
}
