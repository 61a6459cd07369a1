import { MemoryKeyStore } from "../../lib/stores/memory_key_store.ts";
import { testKeyStore } from "./key_store_contract.ts";

testKeyStore("memory", () => new MemoryKeyStore());
