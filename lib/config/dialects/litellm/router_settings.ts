import { isMapping } from "../../path.ts";
import type { KeyRule, KeyTable } from "../key_table.ts";
import { type FallbackKind, namesIn, readFallbacks } from "./fallbacks.ts";
import { redisUrl } from "./redis_url.ts";
import { seconds } from "./rules.ts";
import { durationText, type LiteLlmState, numberIn, shown } from "./state.ts";

/** LiteLLM's names of orders. */
const STRATEGIES: Readonly<Record<string, string>> = {
  "simple-shuffle": "weighted",
  "least-busy": "least_busy",
  "usage-based-routing": "least_used",
  "usage-based-routing-v2": "least_used",
  "latency-based-routing": "latency",
  "cost-based-routing": "cost",
};

/** Most retries that the gateway makes. */
export const MOST_RETRIES = 10;

function fallbackRule(kind: FallbackKind, to: string): KeyRule<LiteLlmState> {
  return { to, convert: (state, given, path) => readFallbacks(kind, state, given, path) };
}

/** Keys that `litellm_settings` have too; what `router_settings` say beats what those do. */
export const SHARED: Readonly<Record<string, KeyRule<LiteLlmState>>> = {
  num_retries: {
    to: "`retry.attempts`",
    convert(state, given, path) {
      const retries = state.number(given, path);
      if (retries === null) return;
      const most = typeof retries === "number" ? Math.min(retries, MOST_RETRIES) : retries;
      if (most !== retries) {
        state.draft.note(path, `the gateway retries ${MOST_RETRIES} times at the most`, [
          "retry",
          "attempts",
        ]);
      }
      state.draft.setDefault(["retry", "attempts"], most, path);
    },
  },
  fallbacks: fallbackRule("fallbacks", "`models.NAME.fallbacks`"),
  context_window_fallbacks: fallbackRule("context_window", "`models.NAME.context_window_fallbacks`"),
  content_policy_fallbacks: fallbackRule("content_policy", "`models.NAME.content_policy_fallbacks`"),
  default_fallbacks: {
    to: "`models.NAME.fallbacks` of all models that have none",
    convert(state, given, path) {
      state.defaultFallbacks ??= { models: namesIn(given, path, state), path };
    },
  },
  allowed_fails: {
    to: "`backends.breaker.failures`, one more, in a row and not in a minute",
    convert(state, given, path) {
      const fails = state.number(given, path);
      if (fails === null) return;
      if (typeof fails === "string" || !Number.isInteger(fails) || fails < 0) {
        state.draft.mistake(path, `expected an integer of at least 0, got ${shown(given)}`);
      } else state.draft.setDefault(["backends", "breaker", "failures"], fails + 1, path);
    },
  },
  model_group_alias: {
    to: "`models.NAME.aliases`",
    convert(state, given, path) {
      const aliases = state.mapping(given, path) ?? {};
      for (const [alias, to] of Object.entries(aliases)) {
        const here = [...path, alias];
        const model = isMapping(to) ? to.model : to;
        if (typeof model !== "string") state.draft.mistake(here, `expected a model's name, got ${shown(to)}`);
        else state.aliases.push({ alias, model, path: here });
        if (isMapping(to) && to.hidden === true) {
          state.draft.note([...here, "hidden"], "is not supported: aliases are listed among the models");
        }
      }
    },
  },
};

/** Time without an answer, and between its parts. */
export const REQUEST_TIMEOUT = seconds([["timeouts", "first_chunk"], ["timeouts", "between_chunks"]], true);

/** What `usage-based-routing` goes by; nothing else is shared. */
const sharedUse: KeyRule<LiteLlmState> = {
  to: "`backends.redis.url`, with `usage-based-routing`",
  convert(state, _given, path) {
    const { router_settings: settings } = state.draft.document.tree;
    if (!isMapping(settings)) return;
    if (!String(settings.routing_strategy).startsWith("usage-based-routing")) {
      return state.draft.remark(path, "means something with usage-based-routing only; the cache has its own");
    }
    const url = ["backends", "redis", "url"];
    if (!state.draft.has(url)) {
      state.draft.set(url, redisUrl(state, settings, "redis_", ["router_settings"]), path);
    }
  },
};

/** `router_settings`. */
export const ROUTER_SETTINGS: KeyTable<LiteLlmState> = {
  title: "router_settings",
  converted: {
    routing_strategy: {
      to: "`backends.policy`",
      convert({ draft }, given, path) {
        const policy = typeof given === "string" && Object.hasOwn(STRATEGIES, given)
          ? STRATEGIES[given]
          : null;
        if (policy === null) {
          draft.mistake(
            path,
            `expected one of ${Object.keys(STRATEGIES).join(", ")}, got ${JSON.stringify(given)}`,
          );
        } else draft.set(["backends", "policy"], policy, path);
        if (policy === "least_used") {
          draft.note(path, "goes by use, but rpm and tpm of deployments are no limits here", [
            "backends",
            "policy",
          ]);
        }
      },
    },
    ...SHARED,
    timeout: REQUEST_TIMEOUT,
    stream_timeout: seconds([["timeouts", "between_chunks"]]),
    retry_after: {
      to: "`retry.base_delay`",
      convert(state, given, path) {
        const value = state.seconds(given, path);
        if (value !== null && value !== "off") state.draft.set(["retry", "base_delay"], value, path);
      },
    },
    cooldown_time: {
      to: "`backends.breaker.base_delay` and `.max_delay`",
      convert(state, given, path) {
        const seconds = numberIn(given);
        const value = seconds === null ? state.seconds(given, path) : durationText(seconds * 1000);
        if (value === null) return;
        for (const key of ["base_delay", "max_delay"]) {
          state.draft.set(["backends", "breaker", key], value, path);
        }
      },
    },
    disable_cooldowns: {
      to: "`backends.breaker.failures: 0` and `backends.max_rest: off`",
      convert(state, given, path) {
        if (state.boolean(given, path) !== true) return;
        state.draft.set(["backends", "breaker", "failures"], 0, path);
        state.draft.set(["backends", "max_rest"], "off", path);
      },
    },
    default_max_parallel_requests: {
      to: "`providers.NAME.max_connections`, of each deployment",
      convert(state, value, path) {
        state.maxParallel = { value, path };
      },
    },
    ...Object.fromEntries(
      ["host", "port", "url", "username", "password", "db", "ssl"].map((key) => [`redis_${key}`, sharedUse]),
    ),
    optional_pre_call_checks: {
      to: "`backends.sticky: true` for the affinity of sessions",
      convert(state, given, path) {
        state.names(given, path).forEach((check, index) => {
          if (/^(session_affinity|responses_api_deployment_check|prompt_caching)$/.test(check)) {
            state.draft.set(["backends", "sticky"], true, path);
          } else state.draft.note([...path, index], `is not supported: the check "${check}"`);
        });
      },
    },
  },
  unsupported: [
    ["one server of Redis, by its URL", "cache_kwargs client_ttl"],
    [
      "a provider says that a request is too long; context_window_fallbacks act then",
      "enable_pre_call_checks enable_pre_call_check",
    ],
    ["the same number of retries for every error, retry.attempts", "retry_policy model_group_retry_policy"],
    [
      "every error of a provider's counts for its breaker, a client's own fault never",
      "allowed_fails_policy",
    ],
    ["the strategy has no settings", "routing_strategy_args"],
    [
      "requests are not chosen for by tags; routing.rules goes by headers and metadata",
      "enable_tag_filtering tag_filtering_match_any",
    ],
    [
      "budgets are of keys, teams, users and models (docs/limits.md)",
      "provider_budget_config max_budget model_group_budget",
    ],
    ["parameters of requests have no defaults here; clients send them", "default_litellm_params"],
    ["requests have no priorities", "default_priority scheduler polling_interval default_max_queue_size"],
    ["all fallbacks are tried", "max_fallbacks"],
    ["answers are kept by litellm_settings.cache", "cache_responses caching_groups"],
    ["sessions stay where they are as long as that is there", "deployment_affinity_ttl_seconds"],
    ["the gateway sends no alerts", "alerting_config"],
    [
      "assistants, searches and guardrails of a server are not the gateway's",
      "assistants_config search_tools guardrail_list",
    ],
    ["groups of routing", "routing_groups routing_group"],
    ["there is one router", "router_general_settings model_list"],
  ],
  needless: [
    ["logging.level says what is logged", "set_verbose debug_level"],
    ["an entry that cannot be used is told, and the others serve", "ignore_invalid_deployments"],
  ],
};
