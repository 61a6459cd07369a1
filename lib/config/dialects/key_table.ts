import { editDistance, nearest } from "../../nearest.ts";
import type { Path, Tree } from "../path.ts";
import type { Draft } from "./draft.ts";

/** What becomes of a key. */
export interface KeyRule<State> {
  /** For people: the native key that it becomes, or a few words. */
  readonly to: string;
  /** @param path of the key in the original. */
  convert(state: State, value: unknown, path: Path): void;
}

/** Names that share a reason, with spaces between them. */
export type NameGroups = readonly (readonly [why: string, names: string])[];

/** All keys of one section of a dialect. */
export interface KeyTable<State> {
  /** As people call the section. */
  readonly title: string;
  readonly converted: Readonly<Record<string, KeyRule<State>>>;
  /** Known, with no equivalent: warned about by name. */
  readonly unsupported: NameGroups;
  /** Known, and nothing is lost without them. */
  readonly needless: NameGroups;
}

/** The names of a group. */
export function namesOf(names: string): string[] {
  return names.trim().split(/\s+/);
}

/**
 * Converts a section key by key. A key that the table does not know is a mistake where it is one that it knows with
 * a letter or two wrong; else the other program may have become newer, and it is warned about.
 */
export function convertKeys<State extends { readonly draft: Draft }>(
  table: KeyTable<State>,
  section: Tree,
  path: Path,
  state: State,
): void {
  const { draft } = state;
  for (const [key, value] of Object.entries(section)) {
    const here = [...path, key];
    const rule = Object.hasOwn(table.converted, key) ? table.converted[key] : undefined;
    if (value === null || value === undefined) continue;
    if (rule !== undefined) {
      rule.convert(state, value, here);
      continue;
    }
    const unsupported = reasonFor(key, table.unsupported);
    const needless = reasonFor(key, table.needless);
    if (unsupported !== null) draft.note(here, `is not supported: ${unsupported}`);
    else if (needless !== null) draft.remark(here, needless);
    else reportUnknown(table, key, here, draft);
  }
}

function reasonFor(key: string, groups: NameGroups): string | null {
  return groups.find(([, names]) => namesOf(names).includes(key))?.[0] ?? null;
}

function reportUnknown<State>(table: KeyTable<State>, key: string, path: Path, draft: Draft): void {
  const names = [
    ...Object.keys(table.converted),
    ...[...table.unsupported, ...table.needless].flatMap(([, group]) => namesOf(group)),
  ];
  const near = nearest(key, names);
  if (near !== null && editDistance(key, near) <= SLIP) {
    draft.mistake(path, `unknown key; did you mean "${near}"?`);
  } else draft.note(path, "is a key that the gateway does not know; it does nothing here");
}

/** How many letters a slip of the keyboard gets wrong; among hundreds of keys more is another key. */
const SLIP = 2;
