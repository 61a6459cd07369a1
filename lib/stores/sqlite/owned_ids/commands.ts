export interface OwnedIdOptions {
  /** Ids that are known. */
  readonly most: number;
}

export interface OwnedIdCommands {
  add(owner: string, ids: readonly string[]): void;
  of(owner: string, ids: readonly string[]): readonly string[];
  remove(owner: string, id: string): void;
  probe(): void;
}
