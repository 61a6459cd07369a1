/** Google's Interactions API: https://ai.google.dev/gemini-api/docs/interactions */
export const FORMAT = "google_interactions";

/** What comes before the name of a content, or of a field of one, in reports of what was lost. */
export const CONTENTS = "messages.content.";
