import { listenAddress } from "../kinds.ts";
import { optional, section } from "../node.ts";

export const admin = section("The admin API, which `auth.master_key` switches on.", {
  listen: optional(
    listenAddress(),
    "An address of its own, such as `127.0.0.1:9091`, with the probes beside it; the server's own then has no admin " +
      "API. Without a host: as `server.host`.",
  ),
});
