/** What the binary may still do once it serves: each thing is tried, with the permissions that are frozen into it. */
import { assertEquals } from "@std/assert";
import { PERMISSIONS } from "../../scripts/permissions.ts";

/** What cannot be given up; docs/security.md says why. */
const STAYS = ["read", "connect", "read a variable"];
const WRITES = ["write", "remove", "write by a worker"];
const RUNS = ["run another program"];

const MEMORY = "providers: { mock: { type: mock } }\nmodels: { m: mock/m }\n";

const CASES: readonly (readonly [name: string, config: string, starts: boolean, done: readonly string[]])[] =
  [
    ["serves, and keeps nothing on disk", MEMORY, false, STAYS],
    ["serves, and keeps conversations on disk", `${MEMORY}conversations: { path: c.db }`, false, [
      ...WRITES,
      ...STAYS,
    ]],
    ["serves, and keeps requests on disk", `${MEMORY}auth: { master_key: m }`, false, [...WRITES, ...STAYS]],
    [
      "serves, and keeps requests in memory",
      `${MEMORY}auth: { master_key: m }\nrequests: { store: memory }`,
      false,
      STAYS,
    ],
    ["serves, and logs into a file", `${MEMORY}logging: { log_file: g.log }`, false, [...WRITES, ...STAYS]],
    ["starts workers", MEMORY, true, [...RUNS, "run a program by a worker", "ask for more", ...STAYS]],
  ];

for (const [name, config, starts, expected] of CASES) {
  Deno.test(`a process that ${name} can do no more than that takes`, async () => {
    const folder = await Deno.makeTempDir({ prefix: "permissions-" });
    await Deno.writeTextFile(`${folder}/config.yaml`, config);
    using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const path = (name: string) => new URL(name, import.meta.url).pathname;
    const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: [
        ...["run", "--no-prompt", "--no-check", ...PERMISSIONS, "--config", path("../../deno.json")],
        path("permissions_tries.ts"),
        ...[config, starts ? "starts" : "", folder, String(listener.addr.port)],
      ],
      stdin: "null",
    }).output();
    await Deno.remove(folder, { recursive: true });
    const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
    const done: string[] = JSON.parse(decode(stdout) || `["${decode(stderr)}"]`);
    assertEquals(done.toSorted(), expected.toSorted());
  });
}
