/** Conversations in a real Redis server that writes each command to its disk before it answers. */
import { requires } from "../requires.ts";
import { RedisServer } from "../stores/redis_server.ts";
import { testConversationsIn } from "./conversations_in_a_server.ts";

const { ignore } = requires("redis");

testConversationsIn({
  name: "redis",
  title: "Redis",
  ignore,
  start: () => RedisServer.startOnDisk(),
  async contents(server) {
    const keys = await server.ask("KEYS", "*");
    const names = Array.isArray(keys) ? keys.map(String) : [];
    const turns = names.filter((name) => name.includes("}:t:"));
    const hashes = await Promise.all(turns.map((name) => server.ask("HGETALL", name)));
    return { text: JSON.stringify([names, hashes]), turns: turns.length };
  },
});
