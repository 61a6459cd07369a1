import type { Api, Question } from "../tools/apis.ts";
import { duration } from "../tools/format.ts";
import type { Caller } from "../tools/http/caller.ts";
import { callModel, type ModelCall } from "../tools/model_call.ts";
import { listModels } from "../tools/models.ts";
import { providerOf } from "../tools/profiling/latency_json.ts";
import { rounded } from "../tools/rounded.ts";
import { authorization, type Target } from "../tools/target.ts";
import { painter } from "./colour.ts";
import type { Flags } from "./command.ts";
import type { System } from "./system.ts";
import { alignedRows } from "./table.ts";

/** Asks every model the same and shows who answered. @returns the exit code: 1 where one fails. */
export async function testRouting(
  caller: Caller,
  target: Target,
  api: Api,
  questions: readonly Question[],
  flags: Flags,
  system: System,
): Promise<number> {
  const results: { model: string; call: ModelCall }[] = [];
  for (const [index, question] of questions.entries()) {
    system.progress(`${index + 1} of ${questions.length}: ${question.model}`);
    results.push({
      model: question.model,
      call: await callModel(caller, { api, question, headers: authorization(target) }),
    });
  }
  system.progress(null);
  const failed = results.filter(({ call }) => !call.ok).length;
  if (flags.has("json")) {
    const rows = results.map(({ model, call }) => ({
      model,
      provider: providerOf(call),
      ok: call.ok,
      status: call.status,
      total_ms: call.timing.total,
      error: call.error,
    }));
    system.out(JSON.stringify(rounded({ url: target.url.href, results: rows }), null, 2));
    return failed > 0 ? 1 : 0;
  }
  const paint = painter(system);
  const rows = results.map(({ model, call }) => [
    call.ok ? paint("green", "ok") : paint("red", "failed"),
    model,
    providerOf(call) ?? "",
    String(call.status ?? "–"),
    duration(call.timing.total),
    call.error === null
      ? excerpt(call.text)
      : paint("red", `${call.error.type}: ${excerpt(call.error.message)}`),
  ]);
  const headings = ["", "MODEL", "PROVIDER", "STATUS", "TIME", "ANSWER"];
  for (const line of alignedRows([headings, ...rows], new Set([3, 4]))) system.out(line);
  system.out("");
  system.out(
    failed === 0
      ? paint("green", `all ${results.length} answer`)
      : paint("red", `${failed} of ${results.length} do not answer`),
  );
  return failed > 0 ? 1 : 0;
}

/** Shows the models that a server lists. */
export async function printModels(
  caller: Caller,
  target: Target,
  flags: Flags,
  system: System,
): Promise<number> {
  const models = await listModels(caller, target);
  if (flags.has("json")) {
    const rows = models.map(({ id, ownedBy }) => ({ id, owned_by: ownedBy }));
    system.out(JSON.stringify({ url: target.url.href, models: rows }, null, 2));
    return 0;
  }
  const rows = models.map(({ id, ownedBy }) => [id, ownedBy]);
  for (const line of alignedRows([["MODEL", "OWNED BY"], ...rows])) system.out(line);
  return 0;
}

function excerpt(text: string): string {
  const line = text.replaceAll(/\s+/g, " ").trim();
  return line.length > 60 ? `${line.slice(0, 59)}…` : line;
}
