import type { Config } from "../config/config.ts";
import type { StoryOptions } from "../stores/request_store.ts";

/** What the rows and stories of requests are made by, as log and spans are. */
export function storyOptions({ logging, observability }: Config): StoryOptions {
  return { slowMs: logging.slow_request_threshold, profiles: observability.conventions };
}
