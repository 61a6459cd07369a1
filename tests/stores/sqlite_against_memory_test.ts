import { testAgainstMemory } from "./against_memory.ts";
import { StoreFile } from "./store_file.ts";

testAgainstMemory("on disk", (limits) => new StoreFile().openOnce(limits));
