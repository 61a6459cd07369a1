import { requires, type Tool, toolPath } from "../requires.ts";
import type { LogLine } from "../e2e/gateway_process.ts";
import { SdkGateway, UPSTREAMS } from "./gateway.ts";

const FOLDER = new URL("python/", import.meta.url);

/** What passes through goes to the mock in OpenAI's way. */
const CONFIG = `
pass_through: { provider: openai }
`;

/** A line of a script's output: `tests/sdk/python/checks.py` says what it means. */
interface CheckLine {
  readonly check: string;
  readonly error?: string;
  readonly cancelled?: string;
}

/**
 * A test that runs scripts of `tests/sdk/python/`, each against a gateway of its own; each check of theirs is a
 * step.
 *
 * @param python whose interpreter runs them
 * @param start the gateway that they call; else one with every upstream
 */
export function pythonTest(
  name: string,
  python: Tool,
  scripts: readonly string[],
  start: () => Promise<SdkGateway> = () => SdkGateway.start(CONFIG),
): void {
  Deno.test({
    name,
    ...requires(python),
    fn: async (t) => {
      for (const script of scripts) await runChecks(t, toolPath(python) ?? "", script, start);
    },
  });
}

async function runChecks(
  t: Deno.TestContext,
  python: string,
  script: string,
  start: () => Promise<SdkGateway>,
): Promise<void> {
  await using setup = await start();
  const child = new Deno.Command(python, {
    args: ["-B", new URL(script, FOLDER).pathname],
    clearEnv: true,
    env: {
      GATEWAY_URL: setup.url,
      GATEWAY_UPSTREAMS: UPSTREAMS.join(),
      // These two would otherwise ask the network when they are imported.
      LITELLM_LOCAL_MODEL_COST_MAP: "True",
      LANGSMITH_TRACING: "false",
    },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const errors = new Response(child.stderr).text();
  const seen = new Set<LogLine>();
  let checks = 0;
  for await (const line of linesOf(child.stdout)) {
    const { check, error, cancelled }: CheckLine = JSON.parse(line);
    checks++;
    await t.step(check, async () => {
      if (error !== undefined) throw new Error(error);
      if (cancelled !== undefined) await cancellation(setup, cancelled, seen);
    });
  }
  const { code } = await child.status;
  if (code !== 0 || checks === 0) throw new Error(`${script} ended with ${code}: ${await errors}`);
}

/** The gateway logs once more that a client of this model left. */
async function cancellation({ gateway }: SdkGateway, model: string, seen: Set<LogLine>): Promise<void> {
  const line = await gateway.log((line) =>
    line["event"] === "request.cancelled" && line["requested_model"] === model && !seen.has(line)
  );
  seen.add(line);
  if (line["status"] !== 499) throw new Error(`Logged with status ${line["status"]}`);
}

async function* linesOf(output: ReadableStream<Uint8Array<ArrayBuffer>>): AsyncGenerator<string> {
  let rest = "";
  for await (const text of output.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
  if (rest !== "") yield rest;
}
