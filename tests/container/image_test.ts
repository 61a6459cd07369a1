/**
 * The image as a user would run it, hardened: read-only, without capabilities, not root. `.ci/run` builds it and
 * names it in `GATEWAY_IMAGE`; `CONTAINER_TOOL` is the program that runs it (`docker`, `podman`, or one like them).
 */
import { assert, assertEquals, assertMatch, assertRejects, assertStringIncludes } from "@std/assert";
import { GatewayProcess } from "../e2e/gateway_process.ts";
import { freePort } from "../free_port.ts";
import { CONTAINER_TOOL, containers, GATEWAY_IMAGE } from "./containers.ts";

const image = GATEWAY_IMAGE;
const options = { ignore: image === undefined };

const CHAT = { model: "gpt-4o-mini", messages: [{ role: "user", content: "Hello, world!" }] };

const MASTER = "container-master-key";

/** In the place where the image's own health check looks. */
const MOUNTED = "/etc/gateway/config.yaml";

interface ContainerOptions {
  /** Of the mock, YAML. */
  readonly mock?: string;
  /** More of the configuration, YAML. */
  readonly more?: string;
  /** Mounted at /data. */
  readonly volume?: string;
}

class Container implements AsyncDisposable {
  private constructor(readonly name: string, readonly gateway: GatewayProcess) {}

  static async start(
    { mock = "{}", more = "", volume }: ContainerOptions = {},
  ): Promise<Container> {
    const name = `gateway-test-${crypto.randomUUID()}`;
    const config = `
server: { host: 127.0.0.1, port: ${freePort()}, drain_delay: 100ms }
providers:
  mock: { type: mock, mock: ${mock} }
models:
  gpt-4o-mini: mock/gpt-4o-mini
${more}
`;
    const gateway = await GatewayProcess.start({ config, command: (file) => run(name, file, volume) });
    return new Container(name, gateway);
  }

  get url(): string {
    return this.gateway.url;
  }

  post(body: Record<string, unknown>): Promise<Response> {
    return fetch(`${this.url}/v1/chat/completions`, { method: "POST", body: JSON.stringify(body) });
  }

  async respond(body: Record<string, unknown>): Promise<{ id: string }> {
    const response = await fetch(`${this.url}/v1/responses`, {
      method: "POST",
      body: JSON.stringify({ model: CHAT.model, ...body }),
    });
    const answer = await response.json();
    assertEquals(response.status, 200, JSON.stringify(answer));
    return answer;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.gateway.stop();
    await containers("rm", "--force", this.name);
  }
}

Deno.test("the image serves without root, capabilities or a file system to write to", options, async () => {
  await using container = await Container.start();
  const { stdout } = await containers("inspect", container.name, "--format", "{{.State.Pid}}");
  const status = await Deno.readTextFile(`/proc/${stdout.trim()}/status`);
  assertMatch(status, /^Uid:\s+65532\s+65532/m);
  assertMatch(status, /^CapEff:\s+0+$/m);
  const health = await fetch(`${container.url}/health`);
  assertEquals(health.status, 200);
  await health.body?.cancel();
});

Deno.test("the image's health check passes while it serves", options, async () => {
  await using container = await Container.start();
  const inspected = await containers(
    "inspect",
    container.name,
    "--format",
    "{{json .Config.Healthcheck.Test}}",
  );
  const [kind, ...command] = JSON.parse(inspected.stdout);
  assertEquals(kind, "CMD");
  const { code, stdout, stderr } = await containers("exec", container.name, ...command);
  assertEquals(code, 0, stdout + stderr);
});

Deno.test("the image answers a chat request and a stream", options, async () => {
  await using container = await Container.start();
  const whole = await container.post(CHAT);
  assertEquals(whole.status, 200);
  const answer = await whole.json();
  assertEquals(answer.object, "chat.completion");
  assert(answer.choices[0].message.content.length > 0);
  const stream = await container.post({ ...CHAT, stream: true });
  assertEquals(stream.headers.get("content-type")?.split(";")[0], "text/event-stream");
  assertStringIncludes(await stream.text(), "data: [DONE]");
});

Deno.test("the image ends open streams whole after SIGTERM and exits with 0", options, async () => {
  await using container = await Container.start({ mock: "{ tokens_per_second: 10 }" });
  const stream = await container.post({ ...CHAT, stream: true });
  container.gateway.signal("SIGTERM");
  assertStringIncludes(await stream.text(), "data: [DONE]");
  assertEquals((await container.gateway.ended).code, 0);
});

for (
  const [name, variables, warned] of [
    ["as it is", [], []],
    ["with a master key, and keeps requests in memory", [`GATEWAY_MASTER_KEY=${MASTER}`], [
      "requests.in_memory",
    ]],
  ] as const
) {
  Deno.test(`the image serves with the configuration that it carries, ${name}`, options, async () => {
    const container = `gateway-test-${crypto.randomUUID()}`;
    await using gateway = await GatewayProcess.start({
      config: "",
      command: () => [
        ...[CONTAINER_TOOL, "run", ...HARDENED, "--name", container] as const,
        ...variables.flatMap((each) => ["--env", each]),
        ...[image ?? "", "--host", "127.0.0.1", "--port", "0"],
      ],
    });
    const answer = await fetch(`${gateway.url}/v1/chat/completions`, {
      method: "POST",
      body: JSON.stringify(CHAT),
    });
    assertEquals([answer.status, (await answer.json()).object], [200, "chat.completion"]);
    const warnings = gateway.logs.filter(({ level }) => level !== "INFO").map(({ event }) => event);
    assertEquals(warnings, [...warned]);
    if (variables.length > 0) assertEquals(await rowsOf(gateway.url, 1), 1);
    // It would wait for its load balancer to hear of it.
    await containers("kill", container);
  });
}

Deno.test("the image keeps requests on a volume, for the next container too", options, async () => {
  const volume = `gateway-test-${crypto.randomUUID()}`;
  const more = `auth: { master_key: ${MASTER} }\nrequests: { path: /data/requests.db }`;
  try {
    for (const kept of [1, 2]) {
      await using container = await Container.start({ more, volume });
      const answer = await container.post(CHAT);
      assertEquals(answer.status, 200, await answer.text());
      assertEquals(container.gateway.logs.filter(({ level }) => level !== "INFO"), []);
      assertEquals(await rowsOf(container.url, kept), kept);
      container.gateway.signal("SIGTERM");
    }
  } finally {
    await containers("volume", "rm", "--force", volume);
  }
});

Deno.test(
  "the image keeps conversations on a volume, over kill -9 and in the next container",
  options,
  async () => {
    const volume = `gateway-test-${crypto.randomUUID()}`;
    const path = "/data/conversations.db";
    try {
      let id: string;
      {
        await using first = await Container.start({ more: `conversations: { path: ${path} }`, volume });
        id = (await first.respond({ input: "remember" })).id;
        first.gateway.signal("SIGTERM");
      }
      {
        await using second = await Container.start({ more: `conversations: { path: ${path} }`, volume });
        id = (await second.respond({ input: "and this", previous_response_id: id })).id;
        await containers("kill", "--signal", "KILL", second.name);
      }
      await using third = await Container.start({ more: `conversations: { path: ${path} }`, volume });
      const stored = await fetch(`${third.url}/v1/responses/${id}`);
      assertEquals([stored.status, (await stored.json()).id], [200, id]);
      await third.respond({ input: "go on", previous_response_id: id });
    } finally {
      await containers("volume", "rm", "--force", volume);
    }
  },
);

Deno.test("the image says why it does not start where there is no volume to write to", options, async () => {
  const error = await assertRejects(
    () => Container.start({ more: "conversations: { path: /data/conversations.db }" }),
    Error,
  );
  assertStringIncludes(
    error.message,
    'conversations.path: Cannot open "/data/conversations.db": it cannot be written',
  );
});

Deno.test("the image says what its binary is made of", options, async () => {
  const name = `gateway-test-${crypto.randomUUID()}`;
  const folder = await Deno.makeTempDir({ prefix: "sbom-" });
  try {
    const created = await containers("create", "--name", name, image ?? "");
    assertEquals(created.code, 0, created.stderr);
    const copied = await containers("cp", `${name}:/usr/local/share/gateway/sbom.cdx.json`, folder);
    assertEquals(copied.code, 0, copied.stderr);
    const { bomFormat, components } = JSON.parse(await Deno.readTextFile(`${folder}/sbom.cdx.json`));
    assertEquals(bomFormat, "CycloneDX");
    assert(components.some((each: { name: string }) => each.name === "undici"));
  } finally {
    await containers("rm", "--force", name);
    await Deno.remove(folder, { recursive: true });
  }
});

/** How many requests are shown, once there are so many: they are written a moment after their answers. */
async function rowsOf(url: string, expected: number): Promise<number> {
  for (const end = performance.now() + 10_000;;) {
    const answer = await fetch(`${url}/console/api/requests?last=3600000`, {
      headers: { authorization: `Bearer ${MASTER}` },
    });
    const { rows } = await answer.json();
    if (rows.length >= expected || performance.now() > end) return rows.length;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

const HARDENED = [
  "--rm",
  "--network=host",
  "--read-only",
  "--cap-drop=ALL",
  "--security-opt=no-new-privileges",
];

function run(name: string, file: string, volume: string | undefined): [string, ...string[]] {
  const mounts = [`${file}:${MOUNTED}:ro`, ...(volume === undefined ? [] : [`${volume}:/data`])];
  const volumes = mounts.flatMap((mount) => ["--volume", mount]);
  return [CONTAINER_TOOL, "run", ...HARDENED, "--name", name, ...volumes, image ?? "", "-config", MOUNTED];
}
