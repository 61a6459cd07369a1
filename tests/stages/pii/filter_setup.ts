import { Inspector } from "../../../lib/stages/pii/inspector.ts";
import type { CustomPattern } from "../../../lib/stages/pii/pattern_lines.ts";
import { Placeholders } from "../../../lib/stages/pii/placeholders.ts";
import type { PiiAction } from "../../../lib/stages/pii/policy.ts";
import { TextFilter } from "../../../lib/stages/pii/text_filter.ts";

export interface SetupOptions {
  readonly action?: PiiAction;
  readonly actions?: Readonly<Record<string, PiiAction>>;
  readonly patterns?: readonly CustomPattern[];
  readonly placeholders?: Placeholders;
  readonly restores?: boolean;
  readonly alterable?: boolean;
}

export function inspector(options: SetupOptions = {}): Inspector {
  const policy = {
    action: options.action ?? "redact",
    actions: new Map(Object.entries(options.actions ?? {})),
    patterns: options.patterns ?? [],
    patternBudget: 10_000,
  };
  return new Inspector(policy, options.placeholders ?? new Placeholders(() => false), "request");
}

export function textFilter(options: SetupOptions = {}): TextFilter {
  const { restores = false, alterable = true } = options;
  return new TextFilter({ inspector: inspector(options), restores, alterable });
}

/** What comes out of a text in pieces, and the most that was held back. */
export function filtered(pieces: readonly string[], options: SetupOptions = {}): string {
  const filter = textFilter(options);
  return pieces.map((piece) => filter.push(piece)).join("") + filter.end();
}

/** What is found in a text: type and value of each. */
export function found(text: string, patterns: readonly CustomPattern[] = []): [string, string][] {
  const all: [string, string][] = [];
  class Listening extends Inspector {
    override replacementOf(type: string, value: string): null {
      all.push([type, value]);
      return null;
    }
  }
  const { policy, placeholders } = inspector({ patterns });
  const filter = new TextFilter({
    inspector: new Listening(policy, placeholders, "request"),
    restores: false,
    alterable: true,
  });
  filter.push(text);
  filter.end();
  return all;
}
