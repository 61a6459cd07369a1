import type { AudioPart, FilePart, ImagePart, JsonObject, Part, TextPart } from "../canonical.ts";
import { type Dropped, ownFields } from "../extensions.ts";
import { AUDIO_FORMATS, AUDIO_TYPES, typeOfEnding } from "../google_generate_content/media.ts";
import { type Fields, put, unknownFields } from "../shape.ts";
import { decodeAnnotations, encodeAnnotations } from "./annotations.ts";
import { CONTENTS, FORMAT } from "./format.ts";

/** Types of content. */
export const CONTENT_TYPES: ReadonlySet<string> = new Set(["text", "image", "audio", "document", "video"]);

export type MediaPart = ImagePart | FilePart | AudioPart;

const KNOWN_OF_TEXT = new Set(["type", "text", "annotations"]);
const KNOWN_OF_MEDIA = new Set(["type", "data", "mime_type", "uri"]);

/** A content of one of these types: a text, an image, audio that OpenAI has a name for, or a file of any other kind. */
export function decodeContent(content: Fields): TextPart | MediaPart {
  const type = content.string("type");
  if (type === "text") return decodeText(content);
  const part = decodeMedia(content, type);
  const rest = unknownFields(content.object, KNOWN_OF_MEDIA);
  if (rest !== undefined && part.type !== "audio") part.extensions = { format: FORMAT, fields: rest };
  return part;
}

function decodeText(content: Fields): TextPart {
  const part: TextPart = { type: "text", text: content.string("text") };
  put(part, "annotations", decodeAnnotations(content.optionalArray("annotations"), part.text));
  const rest = unknownFields(content.object, KNOWN_OF_TEXT);
  if (rest !== undefined) part.extensions = { format: FORMAT, fields: rest };
  return part;
}

function decodeMedia(content: Fields, type: string): MediaPart {
  const data = content.optionalString("data");
  const mediaType = content.optionalString("mime_type");
  const audioFormat = AUDIO_FORMATS[mediaType ?? ""];
  if (type === "audio" && data !== undefined && audioFormat !== undefined) {
    return { type: "audio", data, audioFormat };
  }
  const part: ImagePart | FilePart = { type: type === "image" ? "image" : "file" };
  put(part, "data", data);
  put(part, "mediaType", mediaType);
  if (data === undefined) put(part, "url", content.string("uri"));
  return part;
}

/** A text or a refusal. */
export function encodeText(text: string, annotations?: TextPart["annotations"]): JsonObject {
  const encoded: JsonObject = { text, type: "text" };
  const own = encodeAnnotations(text, annotations);
  if (own.length > 0) encoded.annotations = own;
  return encoded;
}

/** A text, an image, a file or audio; null, reported, for a file that another provider keeps. */
export function encodeContent(part: TextPart | MediaPart, dropped: Dropped): JsonObject | null {
  if (part.type === "audio") {
    const type = AUDIO_TYPES[part.audioFormat] ?? `audio/${part.audioFormat}`;
    return { type: "audio", data: part.data, mime_type: type };
  }
  if (part.cacheControl !== undefined) dropped.add("cache_control");
  dropped.addForeign(FORMAT, part.extensions, CONTENTS);
  if (part.type === "image") dropped.addDetail(part);
  const encoded = part.type === "text" ? encodeText(part.text, part.annotations) : encodeMedia(part);
  if (encoded === null) {
    dropped.add(`${CONTENTS}${part.type}.file_id`);
    return null;
  }
  return Object.assign(encoded, ownFields(FORMAT, part.extensions));
}

function encodeMedia(part: ImagePart | FilePart): JsonObject | null {
  if (part.type === "file" && part.text !== undefined) return encodeText(part.text);
  const fallback = part.type === "image" ? "image/png" : "application/pdf";
  if (part.data !== undefined) {
    const mediaType = part.mediaType ?? fallback;
    return { type: typeOf(part, mediaType), data: part.data, mime_type: mediaType };
  }
  if (part.url === undefined) return null;
  const mediaType = part.mediaType ?? typeOfEnding(part.url);
  const encoded: JsonObject = { type: typeOf(part, mediaType ?? ""), uri: part.url };
  put(encoded, "mime_type", mediaType);
  return encoded;
}

function typeOf(part: ImagePart | FilePart, mediaType: string): string {
  if (part.type === "image") return "image";
  const [kind = ""] = mediaType.split("/");
  return kind === "audio" || kind === "video" || kind === "image" ? kind : "document";
}

export function isContent(part: Part): part is TextPart | MediaPart {
  return part.type === "text" || part.type === "image" || part.type === "file" || part.type === "audio";
}
