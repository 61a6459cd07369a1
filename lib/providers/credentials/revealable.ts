/** A value that only `reveal()` gives out, always the present one: a secret's file may change. */
export interface Revealable {
  reveal(): string;
}
