import type { FoundBodies, KeyRow } from "../../key_rows.ts";
import type { Change, Creation, RecordPage } from "../../key_store.ts";

export interface KeyCommands {
  version(): number;
  find(sha256: string): FoundBodies | null;
  get(kind: string, id: string): string | null;
  list(kind: string, page: RecordPage): readonly string[];
  create(kind: string, row: KeyRow, most: number): Creation;
  replace(kind: string, row: KeyRow): Change;
  remove(kind: string, id: string, revision: number | null): Change;
  probe(): void;
}
