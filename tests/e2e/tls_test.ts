/** TLS as an operator runs it: files that are renewed, clients' certificates, workers. */
import { assert, assertEquals, assertMatch, assertNotEquals, assertStringIncludes } from "@std/assert";
import { requires } from "../requires.ts";
import { Certificates, curl, openssl } from "../server/certificates.ts";
import { gatewayCommand, gatewayEnvironment, GatewayProcess } from "./gateway_process.ts";

/** Whether what runs the gateway can ask clients for certificates: the binary of CI is of an older runtime. */
const ASKS = !Deno.env.get("GATEWAY_BIN");

const needs = requires("openssl", "curl");

interface Settings {
  readonly certificates: Certificates;
  readonly server?: string;
  readonly tls?: string;
}

function configuration({ certificates: { directory }, server = "", tls = "" }: Settings): string {
  return `
server: { drain_delay: 0s, ${server} tls: { cert_file: ${directory}/live.crt, key_file: ${directory}/live.key ${tls} } }
conversations: { path: conversations.db }
providers: { mock: { type: mock } }
models: { one: mock/one }
`;
}

/** Puts a certificate and its key where the gateway looks for them, one after the other. */
async function install(certificates: Certificates, name: string): Promise<void> {
  for (const kind of ["crt", "key"]) {
    await Deno.copyFile(
      `${certificates.directory}/${name}.${kind}`,
      `${certificates.directory}/live.${kind}`,
    );
  }
}

async function prepared(): Promise<Certificates> {
  const certificates = await Certificates.create();
  await certificates.authority("authority");
  for (const name of ["first", "second"]) await certificates.certificate(name, "authority");
  await install(certificates, "first");
  return certificates;
}

async function subject(gateway: GatewayProcess, { directory }: Certificates): Promise<string> {
  const address = `localhost:${new URL(gateway.url).port}`;
  const text = await openssl(directory, `s_client -connect ${address} -CAfile authority.crt`, true);
  return /subject=CN = (.+)/.exec(text)?.[1] ?? text;
}

for (const workers of [1, 2]) {
  Deno.test({
    name: `a renewed certificate is served without a restart, by ${
      workers === 1 ? "one process" : "each worker"
    }`,
    ...needs,
    async fn() {
      await using certificates = await prepared();
      const { directory } = certificates;
      await using gateway = await GatewayProcess.start({
        config: configuration({ certificates, server: `workers: ${workers},` }),
      });
      assert(gateway.url.startsWith("https://"), gateway.url);
      const caCerts = [await Deno.readTextFile(`${directory}/authority.crt`)];
      using client = Deno.createHttpClient({ caCerts });
      const kept = await fetch(`${gateway.url}/livez`, { client });
      assertEquals(await kept.json(), { status: "ok" });
      assertEquals(await subject(gateway, certificates), "first");

      await install(certificates, "second");
      const done = workers === 1 ? "tls.changed" : "config.reloaded";
      await gateway.log((line) => line.event === done);
      for (let connection = 0; connection < 8; connection++) {
        assertEquals(await subject(gateway, certificates), "second");
      }
      assertEquals((await (await fetch(`${gateway.url}/livez`, { client })).json()).status, "ok");

      // A pair that does not fit changes nothing.
      await Deno.copyFile(`${directory}/first.key`, `${directory}/live.key`);
      const refused = await gateway.log((line) => line.event === "config.rejected");
      assertMatch(JSON.stringify(refused.problems), /live.key is not the key of the certificate/);
      assertEquals(await subject(gateway, certificates), "second");
    },
  });
}

Deno.test({
  name: "clients without a certificate of the configured authority are refused",
  ignore: needs.ignore || !ASKS,
  async fn() {
    await using certificates = await prepared();
    const { directory } = certificates;
    await using gateway = await GatewayProcess.start({
      config: configuration({ certificates, tls: `, client_ca_file: ${directory}/authority.crt` }),
    });
    const url = gateway.url.replace("127.0.0.1", "localhost");
    const ca = ["--cacert", `${directory}/authority.crt`];
    const own = ["--cert", `${directory}/second.crt`, "--key", `${directory}/second.key`];
    assertNotEquals((await curl(...ca, `${url}/livez`)).code, 0);
    const asked = JSON.stringify({ model: "one", messages: [{ role: "user", content: "Hi" }] });
    const { text } = await curl(...ca, ...own, "--data", asked, `${url}/v1/chat/completions`);
    assertStringIncludes(text, '"chat.completion"');
    const { client_address } = await gateway.log((line) => line.event === "request.end");
    assertEquals(client_address, "127.0.0.1");
  },
});

Deno.test({
  name: "the gateway does not start where it cannot speak TLS as configured, and says why",
  ...needs,
  async fn() {
    await using certificates = await prepared();
    const { directory } = certificates;
    // Where clients' certificates cannot be asked for that is why, else a key that does not fit.
    if (ASKS) await Deno.copyFile(`${directory}/second.key`, `${directory}/live.key`);
    const file = `${directory}/config.yaml`;
    const tls = `, client_ca_file: ${directory}/authority.crt`;
    await Deno.writeTextFile(file, configuration({ certificates, tls }));
    const [program, ...args] = gatewayCommand();
    const { code, stderr } = await new Deno.Command(program, {
      args: [...args, "serve", "--config", file, "--port", "0"],
      cwd: directory,
      clearEnv: true,
      env: gatewayEnvironment(),
      stdin: "null",
    }).output();
    const text = new TextDecoder().decode(stderr);
    assertEquals(code, ASKS ? 2 : 1, text);
    assertMatch(
      text,
      ASKS ? /live.key is not the key of the certificate/ : /cannot ask for clients' certificates/,
    );
  },
});

Deno.test({
  name: "gateway healthcheck asks by TLS",
  ...needs,
  async fn() {
    await using certificates = await prepared();
    const { directory } = certificates;
    const tls = ASKS ? `, client_ca_file: ${directory}/authority.crt` : "";
    const config = configuration({ certificates, tls });
    await using gateway = await GatewayProcess.start({ config });
    await Deno.writeTextFile(`${directory}/config.yaml`, config);
    const [program, ...args] = gatewayCommand();
    const { code, stderr } = await new Deno.Command(program, {
      args: [
        ...args,
        "healthcheck",
        "--config",
        `${directory}/config.yaml`,
        "--port",
        new URL(gateway.url).port,
      ],
      clearEnv: true,
      env: gatewayEnvironment(),
      stdin: "null",
    }).output();
    assertEquals([code, new TextDecoder().decode(stderr)], [0, ""]);
  },
});
