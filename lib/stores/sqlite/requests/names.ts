import type { DatabaseSync } from "node:sqlite";
import type { FieldValue, ListedField } from "../../request_store.ts";
import { MOST_VALUES, OTHER, type Words } from "../../requests/words.ts";

/** Words of rows by their numbers, which take less room. 0 is the empty word. Other processes add to it too. */
export class Names implements Words {
  readonly #insert;
  readonly #find;
  readonly #read;
  readonly #list;
  readonly #count;
  readonly #numbers = new Map<ListedField, Map<string, number>>();
  readonly #values = new Map<number, string>();

  constructor(database: DatabaseSync) {
    this.#insert = database.prepare("INSERT OR IGNORE INTO names (field, value, label) VALUES (?, ?, ?)");
    this.#find = database.prepare("SELECT number FROM names WHERE field = ? AND value = ?");
    this.#read = database.prepare("SELECT value FROM names WHERE number = ?");
    this.#list = database.prepare("SELECT value, label FROM names WHERE field = ? ORDER BY label");
    this.#count = database.prepare("SELECT count(*) AS count FROM names WHERE field = ?");
  }

  /** The number of a word, which it gets now where it has none. @param label for people. */
  add(field: ListedField, value: string, label = value): number {
    if (value === "") return 0;
    let numbers = this.#numbers.get(field);
    if (numbers === undefined) this.#numbers.set(field, numbers = new Map());
    const known = numbers.get(value);
    if (known !== undefined) return known;
    const found = this.find(field, value) ?? this.#add(field, value, label);
    if (numbers.size >= MOST_VALUES) numbers.clear();
    numbers.set(value, found);
    return found;
  }

  /** Null: there is none. */
  find(field: ListedField, value: string): number | null {
    if (value === "") return 0;
    const row = this.#find.get(field, value);
    return row === undefined ? null : Number(row["number"]);
  }

  /** The word of a number. */
  valueOf(number: number): string {
    if (number === 0) return "";
    let value = this.#values.get(number);
    if (value === undefined) {
      value = String(this.#read.get(number)?.["value"] ?? "");
      if (this.#values.size >= MOST_VALUES) this.#values.clear();
      this.#values.set(number, value);
    }
    return value;
  }

  all(field: ListedField): FieldValue[] {
    return this.#list.all(field).map((row) => ({
      value: String(row["value"]),
      label: String(row["label"]),
    }));
  }

  /** What is remembered may have been undone with its transaction. */
  forget(): void {
    this.#numbers.clear();
  }

  #add(field: ListedField, value: string, label: string): number {
    const full = Number(this.#count.get(field)?.["count"]) >= MOST_VALUES;
    const [kept, shown] = full ? [OTHER, OTHER] : [value, label];
    this.#insert.run(field, kept, shown);
    return this.find(field, kept) ?? 0;
  }
}
