import type { z } from "zod";
import { section } from "./node.ts";
import { admin } from "./sections/admin.ts";
import { auth, rate_limit } from "./sections/access.ts";
import { backends } from "./sections/backends.ts";
import { cache } from "./sections/cache.ts";
import { categories } from "./sections/categories.ts";
import { classification } from "./sections/classification.ts";
import { conversations } from "./sections/conversations.ts";
import { drop_params } from "./sections/drop_params.ts";
import { jailbreak } from "./sections/jailbreak.ts";
import { limits, spend } from "./sections/limits.ts";
import { keys } from "./sections/keys.ts";
import { logging } from "./sections/logging.ts";
import { models } from "./sections/models.ts";
import { observability } from "./sections/observability.ts";
import { pass_through } from "./sections/pass_through.ts";
import { pii } from "./sections/pii.ts";
import { postgres } from "./sections/postgres.ts";
import { prices } from "./sections/prices.ts";
import { providers } from "./sections/providers.ts";
import { redis } from "./sections/redis.ts";
import { console, requests } from "./sections/requests.ts";
import { retry } from "./sections/retry.ts";
import { routing } from "./sections/routing.ts";
import { server, stream } from "./sections/server.ts";
import { timeouts } from "./sections/timeouts.ts";

/**
 * The configuration: every key once, with its kind, default and meaning. `config.schema.json` and
 * `docs/configuration.md` are made from it.
 */
export const schema = section("The configuration of the gateway.", {
  server,
  providers,
  models,
  pass_through,
  prices,
  classification,
  categories,
  routing,
  stream,
  timeouts,
  retry,
  backends,
  drop_params,
  pii,
  jailbreak,
  cache,
  conversations,
  requests,
  console,
  redis,
  postgres,
  auth,
  keys,
  admin,
  rate_limit,
  limits,
  spend,
  logging,
  observability,
});

/** The file as validated and defaulted, before what depends on more than one key is worked out. */
export type FileConfig = z.output<typeof schema>;
