import type { ClientFormat } from "../../../lib/wire/canonical.ts";
import { type Feature, type InFormat, writtenOnly } from "../feature.ts";
import { content } from "../plain.ts";

const GROUP = "Content";
const PNG = "iVBORw0KGgo=";
const PDF = "JVBERi0xLjQK";
const URL = "https://files.example/cat.png";
const DATA_URL = `data:image/png;base64,${PNG}`;

/** A user's message: in full, where a client writes it, and as part where only the gateway does. */
function feature(
  name: string,
  parts: Parameters<typeof content>[0],
  written: Partial<Record<ClientFormat, InFormat>> = {},
): Feature {
  return { name, group: GROUP, formats: { ...content(parts), ...written } };
}

export const CONTENT: readonly Feature[] = [
  feature("image by URL", {
    openai_chat: { type: "image_url", image_url: { url: URL } },
    openai_responses: { type: "input_image", image_url: URL },
    anthropic_messages: { type: "image", source: { type: "url", url: URL } },
    google_generate_content: { fileData: { fileUri: URL, mimeType: "image/png" } },
    google_interactions: { type: "image", uri: URL, mime_type: "image/png" },
    cohere_chat: { type: "image_url", image_url: { url: URL } },
  }),
  feature("image as data", {
    openai_chat: { type: "image_url", image_url: { url: DATA_URL } },
    openai_responses: { type: "input_image", image_url: DATA_URL },
    anthropic_messages: { type: "image", source: { type: "base64", media_type: "image/png", data: PNG } },
    google_generate_content: { inlineData: { mimeType: "image/png", data: PNG } },
    google_interactions: { type: "image", data: PNG, mime_type: "image/png" },
    bedrock_converse: { image: { format: "png", source: { bytes: PNG } } },
    cohere_chat: { type: "image_url", image_url: { url: DATA_URL } },
    ollama_chat: { images: [PNG] },
    ollama_generate: { images: [PNG] },
  }),
  feature("image by a file's id", {
    openai_responses: { type: "input_image", file_id: "file-1" },
    anthropic_messages: { type: "image", source: { type: "file", file_id: "file-1" } },
  }),
  feature("detail of an image", {
    openai_chat: { type: "image_url", image_url: { url: URL, detail: "low" } },
    openai_responses: { type: "input_image", image_url: URL, detail: "low" },
    cohere_chat: { type: "image_url", image_url: { url: URL, detail: "low" } },
  }),
  feature("document as data", {
    openai_chat: {
      type: "file",
      file: { file_data: `data:application/pdf;base64,${PDF}`, filename: "a.pdf" },
    },
    openai_responses: {
      type: "input_file",
      file_data: `data:application/pdf;base64,${PDF}`,
      filename: "a.pdf",
    },
    anthropic_messages: {
      type: "document",
      title: "a.pdf",
      source: { type: "base64", media_type: "application/pdf", data: PDF },
    },
    google_generate_content: { inlineData: { mimeType: "application/pdf", data: PDF } },
    google_interactions: { type: "document", data: PDF, mime_type: "application/pdf" },
  }, {
    bedrock_converse: writtenOnly({
      messages: [{ content: [{ document: { format: "pdf", source: { bytes: PDF } } }] }],
    }),
    openai_chat: {
      says: {
        messages: [{
          role: "user",
          content: [{
            type: "file",
            file: { file_data: `data:application/pdf;base64,${PDF}`, filename: "a.pdf" },
          }],
        }],
      },
      // Google's clients give no name.
      hears: [{
        messages: [{
          content: [{ type: "file", file: { file_data: `data:application/pdf;base64,${PDF}` } }],
        }],
      }],
    },
    openai_responses: {
      says: {
        input: [{
          role: "user",
          content: [{
            type: "input_file",
            file_data: `data:application/pdf;base64,${PDF}`,
            filename: "a.pdf",
          }],
        }],
      },
      hears: [{
        input: [{ content: [{ type: "input_file", file_data: `data:application/pdf;base64,${PDF}` }] }],
      }],
    },
    anthropic_messages: {
      says: {
        messages: [{
          role: "user",
          content: [{
            type: "document",
            title: "a.pdf",
            source: { type: "base64", media_type: "application/pdf", data: PDF },
          }],
        }],
      },
      hears: [{
        messages: [{
          content: [{
            type: "document",
            source: { type: "base64", media_type: "application/pdf", data: PDF },
          }],
        }],
      }],
    },
  }),
  feature("document by URL", {
    openai_responses: { type: "input_file", file_url: "https://files.example/a.pdf" },
    anthropic_messages: { type: "document", source: { type: "url", url: "https://files.example/a.pdf" } },
    google_generate_content: {
      fileData: { fileUri: "https://files.example/a.pdf", mimeType: "application/pdf" },
    },
    google_interactions: {
      type: "document",
      uri: "https://files.example/a.pdf",
      mime_type: "application/pdf",
    },
  }),
  feature("document by a file's id", {
    openai_chat: { type: "file", file: { file_id: "file-1" } },
    openai_responses: { type: "input_file", file_id: "file-1" },
    anthropic_messages: { type: "document", source: { type: "file", file_id: "file-1" } },
  }),
  feature("document of plain text", {
    anthropic_messages: {
      type: "document",
      source: { type: "text", media_type: "text/plain", data: "Lorem" },
    },
  }, {
    openai_chat: writtenOnly({ messages: [{ content: "Lorem" }] }, {
      messages: [{ content: [{ type: "text", text: "Lorem" }] }],
    }),
    openai_responses: writtenOnly({ input: [{ content: "Lorem" }] }, {
      input: [{ content: [{ type: "input_text", text: "Lorem" }] }],
    }, {
      input: [{ content: [{ type: "input_file", file_data: "data:text/plain;base64,TG9yZW0=" }] }],
    }),
    google_generate_content: writtenOnly({ contents: [{ parts: [{ text: "Lorem" }] }] }),
    google_interactions: writtenOnly({ input: [{ content: [{ type: "text", text: "Lorem" }] }] }),
    bedrock_converse: {
      messages: [{
        role: "user",
        content: [{ document: { format: "txt", name: "document", source: { text: "Lorem" } } }],
      }],
    },
    cohere_chat: writtenOnly({ messages: [{ content: "Lorem" }] }),
    ollama_chat: writtenOnly({ messages: [{ content: "Lorem" }] }),
    ollama_generate: writtenOnly({ prompt: "Lorem" }),
  }),
  feature("documents to be cited", {
    anthropic_messages: {
      type: "document",
      source: { type: "text", media_type: "text/plain", data: "Lorem" },
      citations: { enabled: true },
    },
  }, { cohere_chat: { documents: ["Lorem"] } }),
  feature("search results", {
    anthropic_messages: {
      type: "search_result",
      source: "https://files.example",
      title: "a",
      content: [{ type: "text", text: "Lorem" }],
    },
  }),
  feature("audio", {
    openai_chat: { type: "input_audio", input_audio: { data: "UklGRg==", format: "wav" } },
    openai_responses: { type: "input_audio", input_audio: { data: "UklGRg==", format: "wav" } },
    google_generate_content: { inlineData: { mimeType: "audio/wav", data: "UklGRg==" } },
    google_interactions: { type: "audio", data: "UklGRg==", mime_type: "audio/wav" },
    bedrock_converse: { audio: { format: "wav", source: { bytes: "UklGRg==" } } },
  }),
  feature("video", {
    openai_chat: { type: "video_url", video_url: { url: "https://files.example/a.mp4" } },
    google_generate_content: {
      fileData: { fileUri: "https://files.example/a.mp4", mimeType: "video/mp4" },
      videoMetadata: { startOffset: "1s" },
    },
    google_interactions: {
      type: "video",
      uri: "https://files.example/a.mp4",
      mime_type: "video/mp4",
      resolution: "low",
    },
    bedrock_converse: { video: { format: "mp4", source: { bytes: "AAAA" } } },
  }),
  {
    name: "spoken answers",
    group: GROUP,
    formats: {
      openai_chat: { modalities: ["text", "audio"], audio: { voice: "alloy", format: "wav" } },
      google_generate_content: {
        generationConfig: {
          responseModalities: ["AUDIO"],
          speechConfig: { voiceConfig: { prebuiltVoiceConfig: { voiceName: "Kore" } } },
        },
      },
      google_interactions: {
        response_modalities: ["audio"],
        generation_config: { speech_config: [{ voice: "Kore" }] },
      },
    },
  },
  {
    name: "pictures as answers",
    group: GROUP,
    formats: {
      openai_responses: { tools: [{ type: "image_generation" }] },
      google_generate_content: { generationConfig: { responseModalities: ["TEXT", "IMAGE"] } },
      google_interactions: { response_modalities: ["text", "image"] },
    },
  },
];
