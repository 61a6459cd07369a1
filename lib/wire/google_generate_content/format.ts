/** Google's `generateContent`: https://ai.google.dev/api/generate-content */
export const FORMAT = "google_generate_content";

/** What a whole stream of requests' parts is called in reports of what was lost. */
export const PARTS = "contents.parts.";
