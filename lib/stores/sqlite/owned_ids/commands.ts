import type { OwnedId } from "../../owned_id_store.ts";

export interface OwnedIdOptions {
  /** Ids that are known. */
  readonly most: number;
}

/** @see OwnedIdCommands.page */
export interface NumberedId extends OwnedId {
  readonly number: number;
}

export interface OwnedIdCommands {
  add(owner: string, ids: readonly string[]): void;
  of(owner: string, ids: readonly string[]): readonly string[];
  remove(owner: string, id: string): void;
  /** Some of those behind a number, in their order. */
  page(after: number): readonly NumberedId[];
  probe(): void;
}
