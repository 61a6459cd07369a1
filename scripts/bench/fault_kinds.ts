/** What can become of a collector. */
import type { MoodyCollector, RealCollector } from "./collectors.ts";

export interface Fault<Collector> {
  readonly name: string;
  begin(collector: Collector): Promise<void>;
  /** Half a phase later. */
  halfway?(collector: Collector): Promise<void>;
  end(collector: Collector): Promise<void>;
}

export type AnyFault =
  | { readonly kind: "real" } & Fault<RealCollector>
  | { readonly kind: "told" } & Fault<MoodyCollector>;

const NOTHING = () => Promise.resolve();

export const FAULTS: readonly AnyFault[] = [
  { name: "healthy as well (control)", kind: "real", begin: NOTHING, end: NOTHING },
  {
    name: "restarted",
    kind: "real",
    begin: (collector) => collector.stop(),
    halfway: (collector) => collector.start(),
    end: NOTHING,
  },
  {
    name: "frozen (SIGSTOP)",
    kind: "real",
    begin: (collector) => collector.signal("SIGSTOP"),
    end: (collector) => collector.signal("SIGCONT"),
  },
  ...[429, 503, 413].map((status): AnyFault => ({
    name: `answers ${status}`,
    kind: "told",
    begin: (collector) => collector.tell(status),
    end: (collector) => collector.tell(200),
  })),
];
