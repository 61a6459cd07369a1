import { isObject } from "../../wire/shape.ts";
import { type PostJson, unusable } from "../post_json.ts";
import type { Detector } from "./detector.ts";
import { shortened } from "./excerpt.ts";
import { readVerdict } from "./verdict.ts";

export interface WebhookDetectorOptions {
  readonly url: string;
  /** Values as they are at the time. */
  readonly headers: () => Readonly<Record<string, string>>;
  /** Milliseconds for an answer. */
  readonly timeout: number;
  /** Characters that are sent. */
  readonly maxLength: number;
  readonly post: PostJson;
}

const WHO = "The webhook that looks for attacks";

/** A service of the operator's that is asked for a verdict; docs/guardrails.md says what is sent and expected. */
export function webhookDetector(options: WebhookDetectorOptions): Detector {
  const { url, headers, timeout, maxLength, post } = options;
  return {
    type: "webhook",
    async detect(exchange, _run, texts) {
      const body = {
        request_id: exchange.requestId,
        model: exchange.requestedModel,
        user: exchange.user,
        texts: shortened(texts, maxLength).map((said) => ({ ...said })),
      };
      const answer = await post(url, body, { who: WHO, headers: headers(), timeout });
      if (!isObject(answer)) throw unusable(WHO, "no object");
      return readVerdict(answer, "flagged", texts, WHO);
    },
  };
}
