import type { Deadlines } from "../deadlines.ts";

/**
 * What the work comes to, if it does within so many milliseconds; what it comes to later is nobody's.
 * @throws {Error} what the work throws, or that there was no answer.
 */
export function inTime<T>(deadlines: Deadlines, timeout: number, work: () => Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const late = () => reject(new Error(`no answer within ${timeout} ms`));
    const deadline = deadlines.after(timeout, late);
    work().then(resolve, reject).finally(() => deadlines.cancel(deadline));
  });
}
