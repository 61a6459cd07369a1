import { GatewayError } from "../errors.ts";
import type { Route } from "../server/router.ts";

const OFF =
  "The console is off. Set auth.master_key (or GATEWAY_MASTER_KEY), and leave console.enabled and " +
  "requests.enabled as they are.";

/** Says how there would be a console. */
export function consoleOff(): Route {
  return {
    method: "GET",
    path: "/console",
    handler: () => Promise.reject(new GatewayError("permission_denied", OFF)),
    dialect: "openai",
    public: true,
    background: true,
  };
}
