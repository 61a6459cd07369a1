import { SqliteRequestStore } from "../../lib/stores/sqlite_request_store.ts";
import { testRequestStore } from "./request_store_contract.ts";

testRequestStore("memory", (limits) => SqliteRequestStore.open({ ...limits, profiles: [], path: null }));

testRequestStore("sqlite", async (limits) => {
  const directory = await Deno.makeTempDir({ prefix: "requests-" });
  const store = await SqliteRequestStore.open({ ...limits, profiles: [], path: `${directory}/requests.db` });
  const close = store.close.bind(store);
  store.close = async () => {
    await close();
    await Deno.remove(directory, { recursive: true });
  };
  return store;
});
