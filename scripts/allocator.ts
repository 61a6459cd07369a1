/**
 * Variables of the system's allocator for the gateway, as its tasks in `deno.json` have them and its image.
 *
 * glibc gives up to eight areas a processor to threads that allocate at the same time, and what was freed in one is
 * used again by its own threads alone. Deno reads and compiles a program on many, for a moment: 65 MB of 200 stay in
 * areas that nobody uses afterwards (of the binary, which reads one file, 4 MB). Two are enough for a process whose
 * work is done in one thread.
 */
export const ALLOCATOR: Readonly<Record<string, string>> = { MALLOC_ARENA_MAX: "2" };
