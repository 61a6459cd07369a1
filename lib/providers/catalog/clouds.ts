import { offering } from "./operations.ts";
import { CHAT, CHAT_AND_RESPONSES, CONTENT } from "./paths.ts";
import type { ProviderRow } from "./row.ts";

/** Models in a cloud: the base URL is that of a region or of one's own resource. */
export const CLOUDS = {
  /**
   * A model's name is that of its deployment. Without a version, or with `preview`, it is the API that has none in
   * its path's stead; with a date the one of deployments.
   * @see https://learn.microsoft.com/en-us/azure/foundry/openai/api-version-lifecycle
   */
  azure: {
    title: "Azure OpenAI",
    baseUrl: null,
    baseUrlExample: "https://RESOURCE.openai.azure.com",
    keyVariable: "AZURE_OPENAI_API_KEY",
    // A token of Entra goes as a bearer's: `oauth`, or `key_header: authorization`.
    auth: "api-key",
    family: "openai",
    paths: CHAT_AND_RESPONSES,
    operations: offering("embeddings", "completions", "audio", "images", "files", "batches", "vector_stores"),
    versionInBaseUrl: false,
    version: "/openai/v1",
    apiVersions: {
      parameter: "api-version",
      dated: {
        // https://github.com/BerriAI/litellm/issues/8855
        quirks: {},
        version: "/openai",
        paths: { openai_chat: "/deployments/{model}/chat/completions", openai_responses: "/responses" },
        operations: {
          ...offering("files", "batches", "vector_stores"),
          embeddings: { path: "/deployments/{model}/embeddings" },
          completions: { path: "/deployments/{model}/completions" },
          audio: { path: "/deployments/{model}/audio" },
          images: { path: "/deployments/{model}/images" },
        },
      },
    },
    system: "azure.ai.openai",
    can: ["tools", "vision", "structured_output", "reasoning", "web_search"],
    // A deployment's name does not tell the model; its newer ones refuse the old name.
    // https://github.com/anomalyco/opencode/issues/37964
    quirks: { renamesTranslated: { max_tokens: "max_completion_tokens" } },
    recordings: ["azure", "openai-http/azure-"],
  },
  /** @see https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html */
  bedrock: {
    title: "Amazon Bedrock",
    baseUrl: null,
    baseUrlExample: "https://bedrock-runtime.us-east-1.amazonaws.com",
    regionalUrl: "https://bedrock-runtime.{region}.amazonaws.com",
    signs: "bedrock",
    // Or what signs its requests.
    keyVariable: null,
    auth: "bearer",
    family: "aws",
    paths: {
      bedrock_converse: { whole: "/model/{model}/converse", stream: "/model/{model}/converse-stream" },
    },
    operations: { count_tokens: { path: "/model/{model}/count-tokens", wire: "bedrock" } },
    version: "",
    versionInBaseUrl: false,
    health: null,
    system: "aws.bedrock",
    can: ["tools", "vision", "structured_output", "reasoning"],
  },
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
    health: null,
    system: "aws.bedrock",
    modelsOf: "bedrock",
    can: ["tools", "structured_output", "reasoning"],
  },
  /** @see https://docs.cloud.google.com/vertex-ai/generative-ai/docs/model-reference/inference */
  vertex: {
    title: "Google Vertex AI",
    baseUrl: null,
    baseUrlExample:
      "https://us-central1-aiplatform.googleapis.com/v1/projects/PROJECT/locations/us-central1/publishers/google",
    // An access token, good for an hour.
    keyVariable: null,
    auth: "bearer",
    family: "google",
    paths: CONTENT,
    versionInBaseUrl: true,
    operations: { count_tokens: { path: "/models/{model}:countTokens", wire: "vertex" } },
    health: null,
    system: "gcp.vertex_ai",
    can: ["tools", "vision", "structured_output", "reasoning", "web_search"],
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
    health: null,
    system: "gcp.vertex_ai",
    modelsOf: "vertex",
    can: ["tools", "vision", "structured_output", "reasoning"],
  },
} as const satisfies Readonly<Record<string, ProviderRow>>;
