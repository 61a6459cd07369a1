import { isDouble } from "./attributes.ts";

/** An attribute's name, made once: exporters keep what they make of it in a list, by its number. */
export interface AttributeKey {
  /** Its place among all keys, from 0. */
  readonly id: number;
  readonly name: string;
  /** Numbers under this name are encoded as doubles, even whole ones. */
  readonly double: boolean;
}

const KEYS = new Map<string, AttributeKey>();

/** The key of a name; only for names of tables and of the configuration, since none is ever forgotten. */
export function attributeKey(name: string): AttributeKey {
  let key = KEYS.get(name);
  if (key === undefined) KEYS.set(name, key = { id: KEYS.size, name, double: isDouble(name) });
  return key;
}
