import type { ImagePart, JsonObject, JsonValue } from "../canonical.ts";
import { formatDataUrl, parseDataUrl } from "../data_url.ts";
import { isObject } from "../shape.ts";

/**
 * Images that a model made. OpenAI's chat completions have no place for them; `images` of a message or a delta is
 * where OpenRouter and LiteLLM put them, in the shape of images in requests.
 * @see https://openrouter.ai/docs/features/multimodal/image-generation
 */

/** An image as an entry of `images`; null for one that only its provider can show. */
export function encodeAnswerImage(part: ImagePart): JsonObject | null {
  const url = part.data === undefined ? part.url : formatDataUrl(part.mediaType ?? "image/png", part.data);
  return url === undefined ? null : { type: "image_url", image_url: { url } };
}

/** The images of a message's or a delta's `images`. */
export function decodeAnswerImages(images: JsonValue | undefined): ImagePart[] {
  if (!Array.isArray(images)) return [];
  return images.flatMap((image): ImagePart[] => {
    const url = isObject(image) && isObject(image.image_url) ? image.image_url.url : undefined;
    return typeof url === "string" ? [{ type: "image", ...(parseDataUrl(url) ?? { url }) }] : [];
  });
}
