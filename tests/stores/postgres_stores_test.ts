import { type PostgresStores, postgresStores } from "../../lib/stores/postgres_stores.ts";
import { requires } from "../requires.ts";
import { type StoreLimits, testConversationStore } from "./conversation_store_contract.ts";
import { testItemStore } from "./item_store_contract.ts";
import { postgresOfFile } from "./postgres_server.ts";
import { testRunStore } from "./run_store_contract.ts";

const { ignore } = requires("postgres");
const server = postgresOfFile(ignore);

function open(limits: StoreLimits): Promise<PostgresStores> {
  return postgresStores({ ...server().options(), maxBytes: 512 * 1024 * 1024, ...limits });
}

testConversationStore("postgres", async (limits) => (await open(limits)).turns, { ignore });
testRunStore("postgres", open, { ignore });
testItemStore("postgres", open, { ignore });
