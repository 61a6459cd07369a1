import { assert, assertEquals } from "@std/assert";
import { gatewayCommand, gatewayEnvironment } from "../e2e/gateway_process.ts";

const SIZE = 1_000_000_000;
const MOST_SECONDS = 20;
const MOST_MEMORY = 256 * 1024 * 1024;
const MODELS = ["gpt-4o-mini", "claude-sonnet-4-5", "llama3.1:8b", "qwen-coder-vllm"];

/** Closing lines of the gateway's, 30 in 1,000 of them failures. @returns how many. */
async function writeLog(path: string): Promise<number> {
  using file = await Deno.open(path, { write: true, create: true, truncate: true });
  const writer = file.writable.getWriter();
  const encoder = new TextEncoder();
  const start = Date.parse("2026-03-01T00:00:00Z");
  let lines = 0;
  for (let written = 0; written < SIZE;) {
    let block = "";
    for (let i = 0; i < 1000; i++, lines++) {
      const failed = lines % 1000 < 30;
      const time = new Date(start + lines * 50).toISOString();
      block += `${
        JSON.stringify({
          time,
          timestamp: time,
          level: failed ? "ERROR" : "INFO",
          msg: failed ? "request failed" : "response generated",
          message: failed ? "request failed" : "response generated",
          event: failed ? "request.error" : "request.end",
          request_id: crypto.randomUUID(),
          trace_id: crypto.randomUUID().replaceAll("-", ""),
          span_id: lines.toString(16).padStart(16, "0"),
          method: "POST",
          path: "/v1/chat/completions",
          status: failed ? 503 : 200,
          duration_ms: 100 + lines % 4000,
          overhead_ms: 0.4,
          ttfb_ms: 50 + lines % 300,
          provider: "vllm",
          model: MODELS[lines % 4],
          requested_model: MODELS[lines % 4],
          endpoint: "10.0.0.1:8000",
          stream: true,
          input_tokens: lines % 2000,
          output_tokens: lines % 500,
          cost_usd: 0.00123,
          attempts: 1,
          finish_reason: "stop",
          ...(failed ? { error_type: "upstream_unavailable", error: `No answer within ${lines} ms` } : {}),
          key: `k${lines % 9}ab`,
          client_address: "10.1.2.3",
          user_agent: "OpenAI/Python 2.1.0",
        })
      }\n`;
    }
    const bytes = encoder.encode(block);
    written += bytes.length;
    await writer.write(bytes);
  }
  writer.releaseLock();
  return lines;
}

/** The most memory that a process had while it ran, bytes. */
async function peakMemory(pid: number, ended: Promise<unknown>): Promise<number> {
  let running = true;
  ended.then(() => running = false);
  let peak = 0;
  while (running) {
    const status = await Deno.readTextFile(`/proc/${pid}/status`).catch(() => "");
    peak = Math.max(peak, Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1] ?? 0) * 1024);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return peak;
}

Deno.test("analyze-logs reads a log of 1 GB within 20 s, at constant memory", async (context) => {
  const folder = await Deno.makeTempDir();
  try {
    const lines = await writeLog(`${folder}/requests.log`);
    const [program, ...first] = gatewayCommand();
    const start = performance.now();
    const child = new Deno.Command(program, {
      args: [...first, "analyze-logs", `${folder}/requests.log`, "--json"],
      clearEnv: true,
      env: gatewayEnvironment(),
      stdin: "null",
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    const output = child.output();
    const peak = await peakMemory(child.pid, output);
    const seconds = (performance.now() - start) / 1000;
    const analysis = JSON.parse(new TextDecoder().decode((await output).stdout));
    assertEquals([analysis.lines, analysis.requests, analysis.broken_lines], [lines, lines, 0]);
    assertEquals(analysis.error_patterns.length, 1);
    const figures = `${lines} lines in ${seconds.toFixed(1)} s, ${Math.round(peak / 1e6)} MB of memory`;
    await context.step(figures, () => {
      assert(seconds <= MOST_SECONDS, figures);
      assert(peak > 0 && peak <= MOST_MEMORY, figures);
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
