/** Google's `generateContent`: https://ai.google.dev/api/generate-content */
export const FORMAT = "google_generate_content";

/** What comes before the name of a part, or of a field of one, in reports of what was lost. */
export const PARTS = "messages.content.";
