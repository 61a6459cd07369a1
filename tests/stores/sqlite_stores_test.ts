import { testConversationStore } from "./conversation_store_contract.ts";
import { testItemStore } from "./item_store_contract.ts";
import { testRunStore } from "./run_store_contract.ts";
import { StoreFile } from "./store_file.ts";

testConversationStore("sqlite", async (limits) => (await new StoreFile().openOnce(limits)).turns);
testRunStore("sqlite", (limits) => new StoreFile().openOnce(limits));
testItemStore("sqlite", (limits) => new StoreFile().openOnce(limits));
