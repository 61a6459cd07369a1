import type { FilePart, ImagePart, JsonObject } from "../canonical.ts";
import { decodeBase64Text } from "../base64_text.ts";
import type { Dropped } from "../extensions.ts";
import type { Fields } from "../shape.ts";

/** Formats of documents, by media type. https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_DocumentBlock.html */
const DOCUMENTS: Readonly<Record<string, string>> = {
  "application/pdf": "pdf",
  "text/csv": "csv",
  "application/msword": "doc",
  "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
  "application/vnd.ms-excel": "xls",
  "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
  "text/html": "html",
  "text/plain": "txt",
  "text/markdown": "md",
};
const MEDIA_TYPES = Object.fromEntries(Object.entries(DOCUMENTS).map(([type, format]) => [format, type]));
const IMAGES: Readonly<Record<string, string>> = {
  "image/png": "png",
  "image/jpeg": "jpeg",
  "image/jpg": "jpeg",
  "image/gif": "gif",
  "image/webp": "webp",
};

/** An image with its bytes; null for one in S3, which only this API can read. */
export function decodeImage(image: Fields): ImagePart | null {
  const data = image.fields("source").raw("bytes");
  if (typeof data !== "string") return null;
  return { type: "image", data, mediaType: `image/${image.string("format")}` };
}

/** A document with its bytes or text; null for one that only this API can read, or with settings of this API's. */
export function decodeDocument(document: Fields): FilePart | null {
  const source = document.fields("source");
  const filename = document.string("name");
  if (document.has("citations") || document.has("context")) return null;
  const text = source.raw("text");
  if (typeof text === "string") return { type: "file", text, filename };
  const data = source.raw("bytes");
  const mediaType = MEDIA_TYPES[document.optionalString("format") ?? ""];
  return typeof data === "string" && mediaType !== undefined
    ? { type: "file", data, mediaType, filename }
    : null;
}

/** Null, reported, where the image is not in the request: nothing is fetched here. */
export function encodeImage(part: ImagePart | FilePart, dropped: Dropped): JsonObject | null {
  const format = IMAGES[part.mediaType ?? "image/png"];
  if (part.data !== undefined && format !== undefined) {
    if (part.type === "image") dropped.addDetail(part);
    return { image: { format, source: { bytes: part.data } } };
  }
  const what = part.url !== undefined ? "url" : part.fileId !== undefined ? "file_id" : "media_type";
  dropped.add(`messages.content.image.${what}`);
  return null;
}

export function encodeDocument(part: FilePart, dropped: Dropped): JsonObject | null {
  if (part.mediaType?.startsWith("image/")) return encodeImage(part, dropped);
  const name = documentName(part.filename);
  if (part.text !== undefined) return { document: { format: "txt", name, source: { text: part.text } } };
  const format = DOCUMENTS[part.mediaType ?? ""];
  if (part.data !== undefined && format !== undefined) {
    return { document: { format, name, source: { bytes: part.data } } };
  }
  const text = part.mediaType?.startsWith("text/") ? decodeBase64Text(part.data) : undefined;
  if (text !== undefined) return { document: { format: "txt", name, source: { text } } };
  const what = part.url !== undefined ? ".url" : part.fileId !== undefined ? ".file_id" : "";
  dropped.add(`messages.content.file${what}`);
  return null;
}

/** The API takes letters, digits, single spaces, hyphens, round and square brackets, and asks for a name. */
function documentName(filename: string | undefined): string {
  const plain = filename?.replaceAll(/[^A-Za-z0-9\s()[\]-]+/g, " ").replaceAll(/\s+/g, " ").trim() ?? "";
  return plain === "" ? "document" : plain.slice(0, 200);
}
