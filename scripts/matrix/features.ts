import type { Feature } from "./feature.ts";
import { CONTENT } from "./features/content.ts";
import { CONVERSATION } from "./features/conversation.ts";
import { REASONING } from "./features/reasoning.ts";
import { SETTINGS } from "./features/settings.ts";
import { TOOLS } from "./features/tools.ts";

/** What requests can ask for. */
export const REQUEST_FEATURES: readonly Feature[] = [
  ...CONVERSATION,
  ...CONTENT,
  ...TOOLS,
  ...REASONING,
  ...SETTINGS,
];
