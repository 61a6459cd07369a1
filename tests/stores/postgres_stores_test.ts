import { requires } from "../requires.ts";
import { testConversationStore } from "./conversation_store_contract.ts";
import { testItemStore } from "./item_store_contract.ts";
import { openPostgresStores } from "./postgres_schema.ts";
import { postgresOfFile } from "./postgres_server.ts";
import { testRunStore } from "./run_store_contract.ts";

const { ignore } = requires("postgres");
const server = postgresOfFile(ignore);

testConversationStore("postgres", async (limits) => (await openPostgresStores(server(), limits)).turns, {
  ignore,
});
testRunStore("postgres", (limits) => openPostgresStores(server(), limits), { ignore });
testItemStore("postgres", (limits) => openPostgresStores(server(), limits), { ignore });
