import { CHAT, CHAT_AND_RESPONSES } from "./paths.ts";
import type { ProviderRow } from "./row.ts";

/** Models in a cloud: the base URL is that of a region or of one's own resource. */
export const CLOUDS = {
  /** @see https://docs.aws.amazon.com/bedrock/latest/userguide/inference-chat-completions.html */
  bedrock_openai: {
    title: "Amazon Bedrock, OpenAI's API",
    baseUrl: null,
    baseUrlExample: "https://bedrock-runtime.us-west-2.amazonaws.com/openai/v1",
    keyVariable: "AWS_BEARER_TOKEN_BEDROCK",
    auth: "bearer",
    family: "compatible",
    paths: CHAT_AND_RESPONSES,
    versionInBaseUrl: true,
    version: "/openai/v1",
    system: "aws.bedrock",
    can: ["tools", "structured_output", "reasoning"],
  },
  /** @see https://docs.cloud.google.com/vertex-ai/generative-ai/docs/multimodal/call-vertex-using-openai-library */
  vertex_openai: {
    title: "Google Vertex AI, OpenAI's API",
    baseUrl: null,
    baseUrlExample:
      "https://us-central1-aiplatform.googleapis.com/v1/projects/PROJECT/locations/us-central1/endpoints/openapi",
    // An access token, good for an hour.
    keyVariable: null,
    auth: "bearer",
    family: "compatible",
    paths: CHAT,
    versionInBaseUrl: true,
    system: "gcp.vertex_ai",
    can: ["tools", "vision", "structured_output", "reasoning"],
  },
} as const satisfies Readonly<Record<string, ProviderRow>>;
