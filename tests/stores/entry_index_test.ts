import { memoryStores } from "../../lib/stores/memory_stores.ts";
import { requires } from "../requires.ts";
import { testEntryIndex } from "./entry_index_contract.ts";
import { openPostgresStores } from "./postgres_schema.ts";
import { postgresOfFile } from "./postgres_server.ts";
import { StoreFile } from "./store_file.ts";

const { ignore } = requires("postgres");
const server = postgresOfFile(ignore);

testEntryIndex("memory", (limits) => memoryStores({ ...limits, maxBytes: 1e9 }));
testEntryIndex("sqlite", (limits) => new StoreFile().openOnce(limits));
testEntryIndex("postgres", (limits) => openPostgresStores(server(), limits), { ignore });
