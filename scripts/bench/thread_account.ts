/** What the C library tells of the thread that asks, in less than a microsecond: Deno itself tells none of it. Linux. */
const { symbols: libc } = Deno.dlopen("libc.so.6", {
  clock_gettime: { parameters: ["i32", "buffer"], result: "i32" },
  getrusage: { parameters: ["i32", "buffer"], result: "i32" },
});

const CLOCK_THREAD_CPUTIME_ID = 3;
const RUSAGE_THREAD = 1;
/** Place of `ru_nvcsw` among the 64-bit words of a `struct rusage`. */
const VOLUNTARY_SWITCHES = 16;

const time = new BigInt64Array(2);
const timeBytes = new Uint8Array(time.buffer);
const usage = new BigInt64Array(18);
const usageBytes = new Uint8Array(usage.buffer);

/**
 * Milliseconds that this thread has computed. What a hypervisor gives to other guests meanwhile is none of it, as far
 * as it tells the kernel (`steal` in `/proc/stat`).
 */
export function computed(): number {
  libc.clock_gettime(CLOCK_THREAD_CPUTIME_ID, timeBytes);
  return Number(time[0]) * 1_000 + Number(time[1]) / 1_000_000;
}

/** How often this thread has slept: waited for a lock, a page, a file. */
export function sleeps(): number {
  libc.getrusage(RUSAGE_THREAD, usageBytes);
  return Number(usage[VOLUNTARY_SWITCHES]);
}
