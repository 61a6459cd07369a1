import type { Sends } from "../../../lib/tools/loadtest/sender.ts";
import type { ManualTimers } from "./manual_timers.ts";

/** A server that takes `latency(now)` milliseconds for an answer, and what was measured of it. */
export class FakeServer {
  readonly sent: number[] = [];
  readonly latencies: number[] = [];
  open = 0;
  abandoned = 0;

  constructor(readonly timers: ManualTimers, readonly latency: (now: number) => number) {}

  sender(good = true): Sends {
    const { timers } = this;
    let busy = false;
    let end: ((good: boolean) => void) | null = null;
    return {
      get busy() {
        return busy;
      },
      send: (origin) => {
        busy = true;
        this.open++;
        this.sent.push(timers.now());
        return new Promise((resolve) => {
          end = (fine) => {
            busy = false;
            this.open--;
            end = null;
            resolve(fine);
          };
          timers.after(this.latency(timers.now()), () => {
            this.latencies.push(timers.now() - origin);
            end?.(good);
          });
        });
      },
      expire() {},
      abandon: () => {
        if (busy) this.abandoned++;
        end?.(false);
      },
    };
  }
}
