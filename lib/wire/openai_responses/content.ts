import { nameOfOpaque } from "../extensions.ts";
import type {
  AudioPart,
  FilePart,
  ImagePart,
  JsonObject,
  MessageItem,
  Part,
  RefusalPart,
  TextPart,
} from "../canonical.ts";
import { formatDataUrl, parseDataUrl } from "../data_url.ts";
import type { Dropped } from "../extensions.ts";
import { type Fields, put, unknownFields } from "../shape.ts";
import { annotationsInResponses } from "./annotations.ts";
import { extensionsOf, FORMAT, ownFields } from "./format.ts";

/** Kinds of content that a message or a tool's result may hold. */
export type ContentPart = TextPart | ImagePart | FilePart | AudioPart | RefusalPart;

const CONTENT_TYPES = [
  "input_text",
  "input_image",
  "input_file",
  "input_audio",
  "output_text",
  "refusal",
  "text",
] as const;
/** Whether a message's content is of a kind that the model knows. */
export function isKnownContent(content: Fields): boolean {
  const type = content.raw("type");
  return CONTENT_TYPES.some((known) => known === type);
}

const TOOL_OUTPUT_TYPES = ["input_text", "input_image", "input_file"] as const;

// `logprobs` of a text are read where an answer is read; in a request's history they say nothing to a model.
const TEXT_FIELDS = new Set(["type", "text", "annotations", "logprobs"]);
const REFUSAL_FIELDS = new Set(["type", "refusal"]);
const IMAGE_FIELDS = new Set(["type", "image_url", "file_id", "detail"]);
const FILE_FIELDS = new Set(["type", "file_id", "file_url", "file_data", "filename"]);

/** One content of a message. @throws {GatewayError} with its path where it is none. */
export function decodeContent(fields: Fields, item?: MessageItem): ContentPart {
  switch (fields.oneOf("type", CONTENT_TYPES)) {
    case "input_image":
      return decodeImage(fields);
    case "input_file":
      return decodeFile(fields);
    case "input_audio": {
      const audio = fields.fields("input_audio");
      return { type: "audio", data: audio.string("data"), audioFormat: audio.string("format") };
    }
    case "refusal":
      return decodeRefusal(fields, item);
    default:
      return decodeText(fields, item);
  }
}

/** One content of a tool's result. */
export function decodeToolOutput(fields: Fields): TextPart | ImagePart | FilePart {
  switch (fields.oneOf("type", TOOL_OUTPUT_TYPES)) {
    case "input_image":
      return decodeImage(fields);
    case "input_file":
      return decodeFile(fields);
    default:
      return decodeText(fields);
  }
}

function decodeText(fields: Fields, item?: MessageItem): TextPart {
  const part: TextPart = { type: "text", text: fields.string("text") };
  const annotations = fields.optionalArray("annotations");
  if (annotations !== undefined && annotations.length > 0) {
    part.annotations = { format: FORMAT, items: annotations };
  }
  put(part, "item", item);
  put(part, "extensions", extensionsOf(unknownFields(fields.object, TEXT_FIELDS)));
  return part;
}

function decodeRefusal(fields: Fields, item?: MessageItem): RefusalPart {
  const part: RefusalPart = { type: "refusal", text: fields.string("refusal") };
  put(part, "item", item);
  put(part, "extensions", extensionsOf(unknownFields(fields.object, REFUSAL_FIELDS)));
  return part;
}

function decodeImage(fields: Fields): ImagePart {
  const part: ImagePart = { type: "image" };
  const url = fields.optionalString("image_url");
  if (url !== undefined) {
    Object.assign(part, parseDataUrl(url) ?? { url });
  } else {
    part.fileId = fields.optionalString("file_id") ??
      fields.fail("image_url", "an 'image_url' or a 'file_id'");
  }
  put(part, "detail", fields.optionalString("detail"));
  put(part, "extensions", extensionsOf(unknownFields(fields.object, IMAGE_FIELDS)));
  return part;
}

function decodeFile(fields: Fields): FilePart {
  const part: FilePart = { type: "file" };
  const data = fields.optionalString("file_data");
  if (data !== undefined) Object.assign(part, parseDataUrl(data) ?? { data });
  put(part, "url", fields.optionalString("file_url"));
  put(part, "fileId", fields.optionalString("file_id"));
  if (part.data === undefined && part.url === undefined && part.fileId === undefined) {
    fields.fail("file_data", "a 'file_data', a 'file_url' or a 'file_id'");
  }
  put(part, "filename", fields.optionalString("filename"));
  put(part, "extensions", extensionsOf(unknownFields(fields.object, FILE_FIELDS)));
  return part;
}

/** One content of what goes into a model; null, reported, where the format has none for it. */
export function encodeInputContent(part: Part, dropped: Dropped): JsonObject | null {
  switch (part.type) {
    case "text":
      return { type: "input_text", text: part.text, ...own(part, dropped) };
    case "refusal":
      return { type: "input_text", text: part.text };
    case "image":
      return { ...encodeImage(part), ...own(part, dropped) };
    case "file":
      return { ...encodeFile(part), ...own(part, dropped) };
    case "audio":
      return { type: "input_audio", input_audio: { data: part.data, format: part.audioFormat } };
    case "opaque":
      dropped.add(`messages.content.${nameOfOpaque(part.value)}`);
      return null;
    default:
      return null;
  }
}

/** One content of what a model said, without its `logprobs`; null where it is no text. */
export function encodeOutputContent(part: Part): JsonObject | null {
  switch (part.type) {
    case "text":
      return {
        type: "output_text",
        text: part.text,
        annotations: annotationsInResponses(part),
        ...ownFields(part.extensions),
      };
    case "refusal":
      return { type: "refusal", refusal: part.text, ...ownFields(part.extensions) };
    default:
      return null;
  }
}

function encodeImage(part: ImagePart): JsonObject {
  const content: JsonObject = { type: "input_image" };
  if (part.fileId !== undefined) content.file_id = part.fileId;
  const url = part.data === undefined ? part.url : formatDataUrl(part.mediaType ?? "image/png", part.data);
  put(content, "image_url", url);
  content.detail = part.detail ?? "auto";
  return content;
}

function encodeFile(part: FilePart): JsonObject {
  // A plain-text document has no base64 form of its own: it is text that a model reads.
  if (part.text !== undefined) return { type: "input_text", text: part.text };
  const content: JsonObject = { type: "input_file" };
  put(content, "file_id", part.fileId);
  put(content, "file_url", part.url);
  if (part.data !== undefined) {
    content.file_data = part.mediaType === undefined ? part.data : formatDataUrl(part.mediaType, part.data);
    // OpenAI refuses inline data without a name, and looks at the name's ending.
    const ending = part.mediaType?.split("/")[1] ?? "bin";
    if (part.filename === undefined) content.filename = `file.${ending}`;
  }
  put(content, "filename", part.filename);
  return content;
}

function own(part: TextPart | ImagePart | FilePart, dropped: Dropped): JsonObject | undefined {
  if (part.cacheControl !== undefined) dropped.add("cache_control");
  dropped.addForeign(FORMAT, part.extensions, "messages.content.");
  return ownFields(part.extensions);
}
