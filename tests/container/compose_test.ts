/**
 * The shipped docker-compose files, run as they are, but for the ports of the machine: the gateway's image, a
 * collector and Prometheus together, and Jaeger where it is there.
 */
import { assert, assertEquals } from "@std/assert";
import { requires, toolPath } from "../requires.ts";
import { runTool } from "../run_tool.ts";
import { CONTAINER_TOOL, containers, GATEWAY_IMAGE, OWN_TOOL } from "./containers.ts";
import { buildStandIn, type StandIn } from "./stand_in.ts";

const ROOT = new URL("../../", import.meta.url).pathname;

const COLLECTOR: StandIn = {
  image: "otel/opentelemetry-collector-contrib:0.139.0",
  tool: "collector",
  args: ["--config", "/etc/otelcol-contrib/config.yaml"],
};
const PROMETHEUS: StandIn = { image: "prom/prometheus:v3.5.0", tool: "prometheus", args: [] };
const JAEGER: StandIn = {
  image: "jaegertracing/jaeger:2.11.0",
  tool: "jaeger",
  args: [],
  env: { JAEGER_LISTEN_HOST: "0.0.0.0" },
};

Deno.test({
  name: "the gateway, a collector and Prometheus run together under the shipped docker-compose files",
  ignore: GATEWAY_IMAGE === undefined || requires("docker-compose", "collector", "prometheus").ignore,
  async fn() {
    const withJaeger = toolPath("jaeger") !== null;
    if (OWN_TOOL) {
      for (const it of [COLLECTOR, PROMETHEUS, ...withJaeger ? [JAEGER] : []]) await buildStandIn(it);
    }
    const tagged = await containers("tag", GATEWAY_IMAGE ?? "", "llm-gateway:latest");
    assertEquals(tagged.code, 0, tagged.stderr);
    await using service = await Service.start();
    await using stack = await Stack.up(service, "deploy/docker-compose.otel.yml", [
      "gateway",
      "otel-collector",
      ...withJaeger ? ["jaeger"] : [],
    ]);
    const gateway = await stack.url("gateway", 4000);
    await until(async () => (await fetch(`${gateway}/livez`)).ok);
    const answer = await fetch(`${gateway}/v1/chat/completions`, {
      method: "POST",
      headers: { "authorization": "Bearer sk-dev-key", "content-type": "application/json" },
      body: '{"model": "claude-haiku", "messages": [{"role": "user", "content": "Hello"}]}',
    });
    assertEquals((await answer.json()).choices[0].message.role, "assistant");

    // Pushed each 10 s to the collector, which shows it to Prometheus.
    const pushed = `${await stack.url("otel-collector", 8889)}/metrics`;
    await until(async () => (await text(pushed)).includes("gen_ai_client_operation_duration"));

    if (withJaeger) {
      const jaeger = await stack.url("jaeger", 16686);
      const traces = `${jaeger}/api/traces?service=litellm-gateway&limit=5`;
      await until(async () => (await text(traces)).includes("POST /v1/chat/completions"));
    }

    // In the gateway's network, where it has its name, since the port on the machine is any.
    await Deno.writeTextFile(
      `${service.folder}/prometheus/targets/gateway.yml`,
      '- targets: ["gateway:4000"]\n',
    );
    await using monitoring = await Stack.up(
      service,
      "monitoring/docker-compose.yml",
      ["prometheus"],
      (file) =>
        file.replace("./prometheus:", `${service.folder}/prometheus:`) +
        `networks: { default: { external: true, name: ${stack.name}_default } }\n`,
    );
    const prometheus = await monitoring.url("prometheus", 9090);
    const query = `${prometheus}/api/v1/query?query=sum(http_requests_total{path="/v1/chat/completions"})`;
    await until(async () => /"value":\[[\d.]+,"1"\]/.test(await text(query)));
    assert((await text(`${prometheus}/api/v1/rules`)).includes("HighErrorRate"));
  },
});

/** What docker-compose talks to: Docker's own daemon, or podman in its place. */
class Service implements AsyncDisposable {
  private constructor(
    readonly folder: string,
    readonly env: Readonly<Record<string, string>>,
    readonly child: Deno.ChildProcess | null,
  ) {}

  static async start(): Promise<Service> {
    const folder = await Deno.makeTempDir({ prefix: "compose-" });
    await copyFolder(`${ROOT}monitoring/prometheus`, `${folder}/prometheus`);
    if (!OWN_TOOL && !CONTAINER_TOOL.endsWith("podman")) return new Service(folder, {}, null);
    const socket = `unix://${folder}/podman.sock`;
    const child = new Deno.Command(CONTAINER_TOOL, {
      args: [...OWN_TOOL ? ["podman"] : [], "system", "service", "--time=0", socket],
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
    await until(async () => (await Deno.stat(`${folder}/podman.sock`)).isSocket === true);
    return new Service(folder, { DOCKER_HOST: socket }, child);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.child?.kill("SIGTERM");
    await this.child?.status;
    await Deno.remove(this.folder, { recursive: true });
  }
}

/** A docker-compose file that is up. */
class Stack implements AsyncDisposable {
  private constructor(readonly service: Service, readonly name: string, readonly args: readonly string[]) {}

  static async up(
    service: Service,
    path: string,
    services: readonly string[],
    change = (file: string) => file,
  ): Promise<Stack> {
    const name = `gatewaytest${crypto.randomUUID().slice(0, 8)}`;
    const file = `${service.folder}/${name}.yml`;
    // Any port of the machine in place of the ones that people know.
    const shipped = await Deno.readTextFile(ROOT + path);
    await Deno.writeTextFile(file, change(shipped.replaceAll(/"\d+:(\d+)"/g, '"$1"')));
    const folder = ROOT + path.slice(0, path.lastIndexOf("/"));
    const stack = new Stack(service, name, ["-p", name, "-f", file, "--project-directory", folder]);
    await stack.run("up", "-d", "--no-build", "--no-deps", ...services);
    return stack;
  }

  run(...args: string[]): Promise<string> {
    return runTool("docker-compose", [...this.args, ...args], { cwd: ROOT, env: this.service.env });
  }

  async url(service: string, port: number): Promise<string> {
    const said = await this.run("port", service, `${port}`);
    return `http://127.0.0.1:${said.trim().split(":").at(-1)}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.run("down", "--volumes");
  }
}

async function copyFolder(from: string, to: string): Promise<void> {
  await Deno.mkdir(to, { recursive: true });
  for await (const { name, isDirectory } of Deno.readDir(from)) {
    if (isDirectory) await copyFolder(`${from}/${name}`, `${to}/${name}`);
    else await Deno.copyFile(`${from}/${name}`, `${to}/${name}`);
  }
}

async function text(url: string): Promise<string> {
  return await (await fetch(url)).text();
}

/** Nothing announces what other programs have done: asks until it is so, for a minute at most. */
async function until(good: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 300; tries++) {
    if (await good().catch(() => false)) return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error(`Cannot go on: it did not come to ${good}`);
}
