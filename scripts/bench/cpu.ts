/** What Linux counted for a process, from /proc. */

/** `USER_HZ`: the unit of /proc/PID/stat, fixed at 100 in Linux's interface to programs. */
const MICROSECONDS_PER_TICK = 10_000;

/** CPU time of a process, all threads, user and system, in microseconds. */
export function cpuMicroseconds(pid: number): number {
  const text = Deno.readTextFileSync(`/proc/${pid}/stat`);
  // The name stands in parentheses and may hold spaces; utime and stime are the 12th and 13th field after it.
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) * MICROSECONDS_PER_TICK;
}

/** CPU time of a process's main thread, in microseconds: in Deno's the one that JavaScript and its event loop run on. */
export function threadMicroseconds(pid: number): number {
  // Nanoseconds computed, waited for a processor, and how often it had one.
  return Number(Deno.readTextFileSync(`/proc/${pid}/task/${pid}/schedstat`).split(" ")[0]) / 1000;
}

/** Resident memory of a process, in megabytes (10⁶ bytes). */
export function residentMegabytes(pid: number): number {
  const text = Deno.readTextFileSync(`/proc/${pid}/status`);
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(text)?.[1]) * 1024 / 1e6;
}
