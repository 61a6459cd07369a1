import type { FilePart, ImagePart, JsonObject, Part, TextPart } from "../canonical.ts";
import { formatDataUrl, parseDataUrl } from "../data_url.ts";
import { type Dropped, nameOfOpaque, ownFields } from "../extensions.ts";
import { type Fields, put, unknownFields } from "../shape.ts";

const FORMAT = "openai_chat";

/** Known fields of each kind of content part; the others are kept as extensions. */
const KNOWN: Readonly<Record<string, ReadonlySet<string>>> = {
  text: new Set(["type", "text"]),
  image_url: new Set(["type", "image_url"]),
  file: new Set(["type", "file"]),
};

/** A message's `content`: a text, parts, or nothing. */
export function decodeContent(message: Fields): Part[] {
  const content = message.raw("content");
  if (typeof content === "string") return [{ type: "text", text: content }];
  if (content === undefined || content === null) return [];
  if (!Array.isArray(content)) message.fail("content", "a string or an array of content parts");
  return message.items("content").map(decodePart);
}

function decodePart(part: Fields): Part {
  const type = part.string("type");
  switch (type) {
    case "text":
      return withExtensions({ type, text: part.string("text") }, part);
    case "refusal":
      return { type, text: part.string("refusal") };
    case "image_url":
      return withExtensions(decodeImage(part.fields("image_url")), part);
    case "input_audio": {
      const audio = part.fields("input_audio");
      return { type: "audio", data: audio.string("data"), audioFormat: audio.string("format") };
    }
    case "file":
      return withExtensions(decodeFile(part.fields("file")), part);
    default:
      // Compatible servers have kinds of their own (`video_url`, …).
      return { type: "opaque", format: FORMAT, value: part.object };
  }
}

/** Keeps unknown fields; `cache_control` in OpenAI's shape is what clients write for Claude behind a gateway. */
function withExtensions<T extends TextPart | ImagePart | FilePart>(part: T, fields: Fields): T {
  const rest = unknownFields(fields.object, KNOWN[fields.string("type")] ?? new Set());
  if (rest === undefined) return part;
  part.extensions = { format: FORMAT, fields: rest };
  const cacheControl = fields.optionalObject("cache_control");
  if (cacheControl !== undefined) part.cacheControl = cacheControl;
  return part;
}

function decodeImage(image: Fields): ImagePart {
  const url = image.string("url");
  const part: ImagePart = { type: "image", ...(parseDataUrl(url) ?? { url }) };
  put(part, "detail", image.optionalString("detail"));
  return part;
}

function decodeFile(file: Fields): FilePart {
  const part: FilePart = { type: "file" };
  const data = file.optionalString("file_data");
  if (data !== undefined) Object.assign(part, parseDataUrl(data) ?? { data });
  put(part, "fileId", file.optionalString("file_id"));
  if (data === undefined && part.fileId === undefined) file.fail("file_data", "a 'file_data' or a 'file_id'");
  put(part, "filename", file.optionalString("filename"));
  return part;
}

/** A content part of a request; null, reported, where chat completions have none for it. */
export function encodePart(part: Part, dropped: Dropped): JsonObject | null {
  switch (part.type) {
    case "text":
      return { type: "text", text: part.text, ...own(part, dropped) };
    case "refusal":
      return { type: "text", text: part.text };
    case "image":
      return encodeImage(part, dropped);
    case "audio":
      return { type: "input_audio", input_audio: { data: part.data, format: part.audioFormat } };
    case "file":
      return encodeFile(part, dropped);
    case "opaque":
      if (part.format === FORMAT) return part.value;
      dropped.add(`messages.content.${nameOfOpaque(part.value)}`);
      return null;
    default:
      return null;
  }
}

function encodeImage(part: ImagePart, dropped: Dropped): JsonObject | null {
  const url = part.data === undefined ? part.url : formatDataUrl(part.mediaType ?? "image/png", part.data);
  if (url === undefined) {
    dropped.add("messages.content.image.file_id");
    return null;
  }
  const image: JsonObject = { url };
  put(image, "detail", part.detail);
  return { type: "image_url", image_url: image, ...own(part, dropped) };
}

function encodeFile(part: FilePart, dropped: Dropped): JsonObject | null {
  // A plain-text document has no other form here: it is text that the model reads.
  if (part.text !== undefined) return { type: "text", text: part.text, ...own(part, dropped) };
  const file: JsonObject = {};
  put(file, "file_id", part.fileId);
  if (part.data !== undefined) {
    file.file_data = part.mediaType === undefined ? part.data : formatDataUrl(part.mediaType, part.data);
  } else if (part.fileId === undefined) {
    dropped.add("messages.content.file.url");
    return null;
  }
  // OpenAI refuses inline data without a name, and looks at the name's ending.
  const fallback = part.data === undefined ? undefined : `file.${part.mediaType?.split("/")[1] ?? "bin"}`;
  put(file, "filename", part.filename ?? fallback);
  return { type: "file", file, ...own(part, dropped) };
}

function own(part: TextPart | ImagePart | FilePart, dropped: Dropped): JsonObject | undefined {
  const fields = ownFields(FORMAT, part.extensions);
  if (fields === undefined && part.cacheControl !== undefined) dropped.add("cache_control");
  dropped.addForeign(FORMAT, part.extensions, "messages.content.");
  return fields;
}
