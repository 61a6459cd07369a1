import { assertEquals } from "@std/assert";
import { loadConfig } from "../../lib/config/load.ts";

const TEXT = `
providers:
  a: { type: openai, api_key: "\${file:keys/a}" }
  b: { type: openai, api_keys: [{ key: "\${file:/run/b}" }], headers: { x-team: "\${PREFIX}-\${file:keys/a}" } }
  c: { type: openai, api_key: plain, base_url: "\${file:/run/url}" }
models: { m: { targets: [a/m, b/m, c/m] } }
auth: { keys: [{ name: app, key: "\${file:/run/app}" }] }
`;

function setup() {
  const files = new Map([
    ["/etc/gateway/keys/a", "planted-a1\n"],
    ["/run/b", "planted-b1"],
    ["/run/url", "https://x.test/v1"],
    ["/run/app", "planted-app"],
  ]);
  let reads = 0;
  const readFile = (path: string) => {
    const text = files.get(path);
    if (text === undefined) throw new Deno.errors.NotFound(path);
    return text;
  };
  const { config } = loadConfig({
    path: "/etc/gateway/config.yaml",
    text: TEXT,
    env: (name) => ({ PREFIX: "blue" })[name],
    readFile,
    readLater: (path) => {
      reads++;
      return Promise.resolve().then(() => readFile(path));
    },
  });
  const { a, b } = config.providers;
  const values = () => [
    a?.api_key?.reveal(),
    b?.api_keys[0]?.key.reveal(),
    b?.headers["x-team"]?.reveal(),
  ];
  return { files, values, secrets: config.liveSecrets, reads: () => reads };
}

Deno.test("LiveSecrets are the providers' secrets that come from files", async () => {
  const { secrets, values, reads } = setup();
  assertEquals(secrets.size, 3);
  assertEquals(await secrets.refresh(), []);
  assertEquals(reads(), 3);
  assertEquals(values(), ["planted-a1", "planted-b1", "blue-planted-a1"]);
});

Deno.test("LiveSecrets take what a file holds now, wherever it stands", async () => {
  const { secrets, values, files } = setup();
  files.set("/etc/gateway/keys/a", "planted-a2\r\n");
  assertEquals(await secrets.refresh(), [
    { key: "providers.a.api_key", kind: "changed", message: "" },
    { key: "providers.b.headers.x-team", kind: "changed", message: "" },
  ]);
  assertEquals(values(), ["planted-a2", "planted-b1", "blue-planted-a2"]);
  assertEquals(await secrets.refresh(), []);
});

for (
  const { name, spoil, message } of [
    { name: "is gone", spoil: null, message: "cannot read /run/b (NotFound)" },
    { name: "is empty", spoil: " \n", message: "/run/b is empty" },
  ]
) {
  Deno.test(`LiveSecrets keep the last value while a file ${name}, and say so once`, async () => {
    const { secrets, values, files } = setup();
    if (spoil === null) files.delete("/run/b");
    else files.set("/run/b", spoil);
    const key = "providers.b.api_keys[0].key";
    assertEquals(await secrets.refresh(), [{ key, kind: "unreadable", message }]);
    assertEquals(await secrets.refresh(), []);
    assertEquals(values()[1], "planted-b1");
    files.set("/run/b", "planted-b2");
    assertEquals(await secrets.refresh(), [
      { key, kind: "readable_again", message: "" },
      { key, kind: "changed", message: "" },
    ]);
    assertEquals(values()[1], "planted-b2");
  });
}
