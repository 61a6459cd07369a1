import type { KeyTable } from "../key_table.ts";
import { CACHE_PARAMS } from "./cache_settings.ts";
import { GENERAL_SETTINGS } from "./general_settings.ts";
import { INFO } from "./info_keys.ts";
import { LITELLM_SETTINGS } from "./litellm_settings.ts";
import { LOGGING_SETTINGS, OTEL_CONFIG, TRACING_SETTINGS } from "./observability_settings.ts";
import { PARAMS } from "./params_keys.ts";
import { ROUTER_SETTINGS } from "./router_settings.ts";

/** What is known of every section, for documents. */
export const LITELLM_TABLES: readonly Pick<
  KeyTable<never>,
  "title" | "converted" | "unsupported" | "needless"
>[] = [
  PARAMS,
  INFO,
  LITELLM_SETTINGS,
  CACHE_PARAMS,
  OTEL_CONFIG,
  TRACING_SETTINGS,
  LOGGING_SETTINGS,
  ROUTER_SETTINGS,
  GENERAL_SETTINGS,
];
