/** The real programs accept what monitoring/ holds. */
import { assert } from "@std/assert";
import { requires, type Tool } from "../requires.ts";
import { runTool } from "../run_tool.ts";

const MONITORING = new URL("../../monitoring/", import.meta.url).pathname;

const accepts = (tool: Tool, args: readonly string[]) => runTool(tool, args, { cwd: MONITORING });

Deno.test({
  name: "promtool accepts Prometheus' configuration and its rules",
  ...requires("promtool"),
  async fn() {
    await accepts("promtool", ["check", "config", "prometheus/prometheus.yml"]);
    const said = await accepts("promtool", [
      "check",
      "rules",
      "prometheus/rules/recording.yml",
      "prometheus/rules/alerts.yml",
    ]);
    assert(!/WARN|duplicate/i.test(said), said);
  },
});

Deno.test({
  name: "each alert fires when it should, and stays silent else (promtool test rules)",
  ...requires("promtool"),
  async fn() {
    await accepts("promtool", ["test", "rules", "prometheus/tests/alerts.yml"]);
  },
});

Deno.test("every alert has a test, a summary, a description and a runbook", async () => {
  const rules = await Deno.readTextFile(`${MONITORING}prometheus/rules/alerts.yml`);
  const tests = await Deno.readTextFile(`${MONITORING}prometheus/tests/alerts.yml`);
  const blocks = rules.split(/^ {6}- alert: /m).slice(1);
  assert(blocks.length >= 20);
  for (const block of blocks) {
    const name = block.slice(0, block.indexOf("\n"));
    for (const part of ["summary:", "description:", "runbook:", "severity:"]) {
      assert(block.includes(part), `${name} has no ${part}`);
    }
    assert(tests.includes(`ALERTS{alertname="${name}",alertstate="firing",`), `${name} has no test`);
  }
});

Deno.test({
  name: "amtool accepts Alertmanager's configuration",
  ...requires("amtool"),
  async fn() {
    await accepts("amtool", ["check-config", "alertmanager/alertmanager.yml"]);
  },
});

Deno.test({
  name: "docker-compose accepts the stack, and its mounts are there",
  ...requires("docker-compose"),
  async fn() {
    const said = await accepts("docker-compose", ["config"]);
    for (const [, path] of said.matchAll(new RegExp(`^ *- (${MONITORING}[^:]*):`, "gm"))) {
      assert((await Deno.stat(path ?? "")).isDirectory, path);
    }
    for (const port of ["3000", "9090", "9093"]) assert(said.includes(port), port);
  },
});
