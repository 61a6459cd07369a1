import { formatPath, type Path } from "../../path.ts";
import type { KeyRule } from "../key_table.ts";
import type { LiteLlmState } from "./state.ts";

type Rule = KeyRule<LiteLlmState>;

function words(native: Path): string {
  return `\`${formatPath(native)}\``;
}

/** The value as it is, references aside. */
export function copied(native: Path, to = words(native)): Rule {
  return { to, convert: (state, given, path) => state.draft.set(native, state.native(given), path) };
}

/** The same as text, where the original may have a number. */
export function copiedText(native: Path, to = words(native)): Rule {
  return { to, convert: (state, given, path) => state.draft.set(native, state.text(given), path) };
}

/** A truth value; `of` what the native key gets for it, undefined: nothing. */
export function switched(native: Path, of: (on: boolean) => unknown = (on) => on, to = words(native)): Rule {
  return {
    to,
    convert(state, given, path) {
      const on = state.boolean(given, path);
      const value = on === null ? undefined : of(on);
      if (value !== undefined) state.draft.set(native, value, path);
    },
  };
}

/** Seconds; of several keys with the same native one the first counts where `first` is said. */
export function seconds(natives: readonly Path[], first = false): Rule {
  return {
    to: natives.map(words).join(", "),
    convert(state, given, path) {
      const value = state.seconds(given, path);
      if (value === null) return;
      for (const native of natives) {
        if (first) state.draft.setDefault(native, value, path);
        else state.draft.set(native, value, path);
      }
    },
  };
}

/** Read together with other keys. */
export function together(to: string): KeyRule<unknown> {
  return { to, convert() {} };
}
