import { MemoryCacheStore } from "../../lib/stores/memory_cache_store.ts";
import { testCacheStore } from "./cache_store_contract.ts";

testCacheStore("memory", (options) => new MemoryCacheStore(options));
