import { REQUEST } from "./payload.ts";
import { beside } from "./program.ts";

/** What one run of wrk saw; latencies in microseconds. */
export interface WrkResult {
  readonly requests: number;
  readonly seconds: number;
  readonly p50: number;
  readonly p99: number;
  readonly errors: number;
}

/**
 * Posts chat requests for some seconds over `connections` connections.
 *
 * @throws {Error} where any request failed: a benchmark of errors measures nothing.
 */
export async function runWrk(port: number, connections: number, seconds: number): Promise<WrkResult> {
  const { code, stdout, stderr } = await new Deno.Command("wrk", {
    args: [
      "--threads=1",
      `--connections=${connections}`,
      `--duration=${seconds}s`,
      `--script=${beside("post.lua")}`,
      `http://127.0.0.1:${port}/v1/chat/completions`,
    ],
    env: { BENCH_BODY: REQUEST },
    stdin: "null",
  }).output();
  const output = new TextDecoder().decode(stdout);
  const line = output.split("\n").find((it) => it.startsWith("{"));
  if (code !== 0 || line === undefined) {
    throw new Error(`Cannot run wrk: ${output}${new TextDecoder().decode(stderr)}`);
  }
  const result: WrkResult = JSON.parse(line);
  if (result.errors > 0) throw new Error(`${result.errors} of ${result.requests} requests to ${port} failed`);
  return result;
}
