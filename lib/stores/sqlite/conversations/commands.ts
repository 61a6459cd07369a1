/** The commands of the conversations' database, as both its sides see them. `now` is Unix milliseconds. */

/** A turn as text: the response apart, since a run replaces it. */
export interface TurnText {
  readonly owner: string;
  readonly id: string;
  readonly previousId: string | null;
  /** The turn without its response, JSON. */
  readonly json: string;
  readonly response: string;
}

/** What was found. */
export interface Found {
  /** JSON. */
  readonly json: string;
  /** Its use was last noted so long ago that it is to be noted again. */
  readonly stale: boolean;
}

/** How it stands after a write. */
export interface Level {
  /** Turns there are now. */
  readonly turns: number;
  /** The limits are exceeded: a sweep is due. */
  readonly over: boolean;
}

export interface TurnCommands {
  create(turn: TurnText, now: number): Level;
  get(owner: string, id: string, now: number): Found | null;
  /** Oldest first. */
  chain(owner: string, id: string, now: number): readonly Found[] | null;
  delete(owner: string, id: string, now: number): { readonly existed: boolean; readonly turns: number };
  /** Notes that a turn and all before it were used. */
  touchChain(owner: string, id: string, now: number): void;
}

export interface EventText {
  readonly sequence: number;
  readonly text: string;
}

export interface RunCommands {
  begin(
    turn: TurnText,
    lease: { readonly process: string; readonly until: number },
    events: readonly EventText[],
    now: number,
  ): Level;
  /** Replaces the response where it is not null, and adds the events. Null where no such run is open. */
  change(
    owner: string,
    id: string,
    response: string | null,
    events: readonly EventText[],
    finish: boolean,
    now: number,
  ): Level | null;
  events(
    owner: string,
    id: string,
    after: number,
    limit: number,
    now: number,
  ): { readonly events: readonly EventText[]; readonly finished: boolean } | null;
  renew(process: string, until: number, now: number): void;
  /** The turns, JSON. */
  abandoned(before: number, limit: number, now: number): readonly string[];
}

export interface ItemText {
  readonly id: string;
  readonly json: string;
}

export interface FoundItems {
  /** JSON each. */
  readonly items: readonly string[];
  /** As of {@linkcode Found}. */
  readonly stale: boolean;
}

export interface ItemCommands {
  createConversation(
    owner: string,
    id: string,
    json: string,
    items: readonly ItemText[],
    now: number,
  ): Level;
  getConversation(owner: string, id: string, now: number): Found | null;
  /** Merges the fields, JSON, into the conversation. @returns what stands then, JSON. */
  updateConversation(owner: string, id: string, fields: string, now: number): string | null;
  deleteConversation(owner: string, id: string, now: number): boolean;
  appendItems(owner: string, id: string, items: readonly ItemText[], now: number): Level | null;
  /** Oldest first. */
  allItems(owner: string, id: string, now: number): FoundItems | null;
  listItems(
    owner: string,
    id: string,
    after: string | null,
    limit: number,
    order: "asc" | "desc",
    now: number,
  ): (FoundItems & { readonly hasMore: boolean }) | null;
  item(owner: string, id: string, itemId: string, now: number): string | null;
  deleteItem(owner: string, id: string, itemId: string, now: number): boolean;
  /** Notes that a conversation was used. */
  touchConversation(owner: string, id: string, now: number): void;
}

export interface RetentionCommands {
  /** One short slice of the retention's work; `more`: there is another. */
  sweep(now: number): { readonly turns: number; readonly more: boolean };
}

export interface EntryText {
  readonly number: number;
  readonly kind: "turn" | "conversation";
  readonly owner: string;
  readonly id: string;
  readonly changedAt: number;
  readonly run: boolean;
}

export interface IndexCommands {
  /** Entries behind a number, in the order of numbers. @param owner null: of all. */
  index(
    after: number,
    limit: number,
    owner: string | null,
    since: number,
    now: number,
  ): readonly EntryText[];
}

/** Of every database. */
interface CommonCommands {
  /** Tells whether the file can be written. */
  probe(): void;
}

export type ConversationCommands =
  & TurnCommands
  & RunCommands
  & ItemCommands
  & RetentionCommands
  & IndexCommands
  & CommonCommands;
