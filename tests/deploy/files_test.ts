/** The real programs accept the docker-compose files and the collectors' configurations; guide 000's curl works. */
import { assert, assertEquals } from "@std/assert";
import { parse } from "@std/yaml";
import { GatewayProcess } from "../e2e/gateway_process.ts";
import { freePort } from "../free_port.ts";
import { requires } from "../requires.ts";
import { runTool } from "../run_tool.ts";

const DEPLOY = new URL("../../deploy/", import.meta.url).pathname;

/** Components that the collector's contrib distribution and ADOT have, and the small build of the tests has not. */
const ELSEWHERE: Readonly<Record<string, readonly string[]>> = {
  exporters: ["awsxray", "awsemf", "loadbalancing"],
};
const HERE: Readonly<Record<string, readonly string[]>> = {
  receivers: ["otlp"],
  processors: ["batch", "memory_limiter", "tail_sampling"],
  exporters: ["debug", "otlp", "otlphttp", "file", "prometheus"],
};

for (const name of ["otel", "tempo", "cloudwatch"]) {
  Deno.test({
    name: `docker-compose accepts docker-compose.${name}.yml, and what it mounts is there`,
    ...requires("docker-compose"),
    async fn() {
      const said = await runTool("docker-compose", ["-f", `docker-compose.${name}.yml`, "config"], {
        cwd: DEPLOY,
      });
      const mounts = [...said.matchAll(new RegExp(`(${DEPLOY}[^:\\s]+):`, "g"))].map(([, path]) =>
        path ?? ""
      );
      assert(mounts.length > 0);
      for (const path of mounts) assert((await Deno.stat(path)).isFile, path);
    },
  });
}

Deno.test({
  name: "the collector accepts its configuration, whatever part of traces is kept",
  ...requires("collector"),
  async fn() {
    const args = ["validate", "--config", "config/otel-collector-config.yaml"];
    for (const env of [{}, { TRACE_PERCENTAGE: "10" }]) {
      await runTool("collector", args, { cwd: DEPLOY, env });
    }
  },
});

for (
  const file of [
    "otel-collector-config.cloudwatch.yaml",
    "otel-collector-balancer.yaml",
    "otel-collector-config.yaml",
  ]
) {
  Deno.test(`${file}: every component is one that its distribution has, and each pipeline uses what is there`, async () => {
    const text = await Deno.readTextFile(`${DEPLOY}config/${file}`);
    const { service, ...sections } = parse(text) as {
      service: { pipelines: Record<string, Record<string, string[]>> };
    } & Record<string, Record<string, unknown>>;
    for (const [section, components] of Object.entries(sections)) {
      const known = [...HERE[section] ?? [], ...ELSEWHERE[section] ?? []];
      const types = Object.keys(components).map((name) => name.split("/")[0] ?? "");
      assertEquals(types.filter((type) => !known.includes(type)), [], section);
    }
    for (const pipeline of Object.values(service.pipelines)) {
      for (const [section, names] of Object.entries(pipeline)) {
        assertEquals(names.filter((name) => !(name in (sections[section] ?? {}))), [], section);
      }
    }
  });
}

Deno.test("the gateway of the docker-compose files answers guide 000's curl", async () => {
  const config = (await Deno.readTextFile(`${DEPLOY}config/gateway.yaml`)).replace("4000", `${freePort()}`);
  await using gateway = await GatewayProcess.start({ config });
  const ask = (key: string) =>
    fetch(`${gateway.url}/v1/chat/completions`, {
      method: "POST",
      headers: { "authorization": `Bearer ${key}`, "content-type": "application/json" },
      body: '{"model": "claude-haiku", "messages": [{"role": "user", "content": "Hello"}]}',
    });
  const answer = await ask("sk-dev-key");
  assertEquals(answer.status, 200);
  assertEquals((await answer.json()).choices[0].message.role, "assistant");
  const refused = await ask("sk-other");
  assertEquals(refused.status, 401);
  await refused.body?.cancel();
});

Deno.test("the IAM policy allows what guide 000 names, and the task definition is what ECS takes", async () => {
  const policy = JSON.parse(await Deno.readTextFile(`${DEPLOY}aws/iam-policy.json`));
  assertEquals(policy.Statement[0].Action, [
    "xray:PutTraceSegments",
    "xray:PutTelemetryRecords",
    "xray:GetSamplingRules",
    "xray:GetSamplingTargets",
  ]);
  const task = JSON.parse(await Deno.readTextFile(`${DEPLOY}aws/ecs-task-definition.json`));
  const [gateway, collector] = task.containerDefinitions;
  assertEquals([gateway.name, collector.name], ["gateway", "adot-collector"]);
  // With awsvpc the two containers share their loopback.
  assertEquals(task.networkMode, "awsvpc");
  for (const { secrets } of task.containerDefinitions) {
    for (const { valueFrom } of secrets) assert(valueFrom.startsWith("arn:aws:"));
  }
});
