import type { AudioPart, FilePart, ImagePart, JsonObject, Part } from "../canonical.ts";
import { type Dropped, ownFields } from "../extensions.ts";
import { type Fields, put } from "../shape.ts";
import { FORMAT, PARTS } from "./format.ts";

/** OpenAI's names of audio formats → media types. */
export const AUDIO_TYPES: Readonly<Record<string, string>> = {
  wav: "audio/wav",
  mp3: "audio/mp3",
  flac: "audio/flac",
  ogg: "audio/ogg",
  aac: "audio/aac",
  aiff: "audio/aiff",
};
export const AUDIO_FORMATS: Readonly<Record<string, string>> = {
  ...Object.fromEntries(Object.entries(AUDIO_TYPES).map(([format, type]) => [type, format])),
  "audio/mpeg": "mp3",
  "audio/x-wav": "wav",
};

/** Endings of URLs: the API wants the type of what it shall fetch. */
const TYPES_OF_ENDINGS: Readonly<Record<string, string>> = {
  png: "image/png",
  jpg: "image/jpeg",
  jpeg: "image/jpeg",
  webp: "image/webp",
  gif: "image/gif",
  heic: "image/heic",
  pdf: "application/pdf",
  txt: "text/plain",
  html: "text/html",
  csv: "text/csv",
  mp3: "audio/mp3",
  wav: "audio/wav",
  mp4: "video/mp4",
  mov: "video/mov",
  webm: "video/webm",
};

/** `inlineData`: an image, audio that OpenAI has a name for, or a file of any other kind. */
export function decodeInlineData(blob: Fields): ImagePart | AudioPart | FilePart {
  const data = blob.string("data");
  const mediaType = blob.optionalString("mimeType") ?? "application/octet-stream";
  const audioFormat = AUDIO_FORMATS[mediaType];
  if (audioFormat !== undefined) return { type: "audio", data, audioFormat };
  if (mediaType.startsWith("image/")) return { type: "image", data, mediaType };
  const part: FilePart = { type: "file", data, mediaType };
  put(part, "filename", blob.optionalString("displayName"));
  return part;
}

export function decodeFileData(file: Fields): ImagePart | FilePart {
  const url = file.string("fileUri");
  const mediaType = file.optionalString("mimeType");
  const isImage = mediaType?.startsWith("image/") === true;
  const part: ImagePart | FilePart = { type: isImage ? "image" : "file", url };
  put(part, "mediaType", mediaType);
  if (part.type === "file") put(part, "filename", file.optionalString("displayName"));
  return part;
}

/** An image, a file or audio as a part of a request; null, reported, for a file that another provider keeps. */
export function encodeMedia(part: ImagePart | FilePart | AudioPart, dropped: Dropped): JsonObject | null {
  if (part.type === "audio") {
    return {
      inlineData: { mimeType: AUDIO_TYPES[part.audioFormat] ?? `audio/${part.audioFormat}`, data: part.data },
    };
  }
  if (part.cacheControl !== undefined) dropped.add("cache_control");
  dropped.addForeign(FORMAT, part.extensions, PARTS);
  if (part.type === "image") dropped.addDetail(part);
  const media = encodeSource(part);
  if (media === null) {
    dropped.add(`${PARTS}${part.type}.file_id`);
    return null;
  }
  return Object.assign(media, ownFields(FORMAT, part.extensions));
}

function encodeSource(part: ImagePart | FilePart): JsonObject | null {
  if (part.type === "file" && part.text !== undefined) return { text: part.text };
  const fallback = part.type === "image" ? "image/png" : "application/pdf";
  if (part.data !== undefined) {
    return { inlineData: { mimeType: part.mediaType ?? fallback, data: part.data } };
  }
  if (part.url === undefined) return null;
  const fileData: JsonObject = { fileUri: part.url };
  put(fileData, "mimeType", part.mediaType ?? typeOfEnding(part.url));
  return { fileData };
}

export function typeOfEnding(url: string): string | undefined {
  const ending = /\.([a-z\d]{2,4})(?:[?#]|$)/i.exec(url)?.[1];
  return ending === undefined ? undefined : TYPES_OF_ENDINGS[ending.toLowerCase()];
}

export function isMedia(part: Part): part is ImagePart | FilePart | AudioPart {
  return part.type === "image" || part.type === "file" || part.type === "audio";
}
