/** Conversations in a real Postgres server. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { requires } from "../requires.ts";
import { PostgresServer } from "../stores/postgres_server.ts";
import { configuration, testConversationsIn } from "./conversations_in_a_server.ts";
import { gatewayCommand, gatewayEnvironment } from "./gateway_process.ts";

const { ignore } = requires("postgres");

testConversationsIn({
  name: "postgres",
  title: "Postgres",
  ignore,
  start: () => PostgresServer.start(),
  async contents(server) {
    const rows = await server.query("SELECT json || state AS text FROM llm_gateway.conversation_entries");
    return { text: JSON.stringify(rows), turns: rows.length };
  },
});

Deno.test({
  name:
    "conversations in Postgres: one that somebody has to see to first ends the start with code 2 and says why",
  ignore,
  async fn() {
    await using server = await PostgresServer.start();
    const url = server.url.replace("/postgres", "/absent");
    const file = await Deno.makeTempFile({ suffix: ".yaml" });
    await Deno.writeTextFile(file, configuration("postgres", url));
    const [program, ...first] = gatewayCommand();
    const args = [...first, "serve", "--config", file, "--port", "0"];
    const ended = await new Deno.Command(program, { args, clearEnv: true, env: gatewayEnvironment() })
      .output();
    await Deno.remove(file);
    assertEquals(ended.code, 2);
    assertStringIncludes(
      new TextDecoder().decode(ended.stderr),
      `${file}: postgres.url: Cannot use the Postgres database at 127.0.0.1:${server.port}/absent: ` +
        `database "absent" does not exist\n`,
    );
  },
});
