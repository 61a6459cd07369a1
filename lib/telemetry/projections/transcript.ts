/** One thing that was said. Of media what it is and where, never its bytes. */
export type TranscriptPart =
  | { readonly type: "text" | "reasoning"; readonly text: string }
  | { readonly type: "tool_call"; readonly id: string; readonly name: string; readonly arguments: string }
  | { readonly type: "tool_result"; readonly id: string; readonly text: string }
  | {
    readonly type: "media";
    readonly modality: "image" | "audio" | "file";
    readonly mediaType: string;
    /** Where it is, in the world or at the provider; both empty: it came in the message. */
    readonly url: string;
    readonly fileId: string;
  };

export interface TranscriptMessage {
  /** `system`, `developer`, `user`, `assistant`, `tool`. */
  readonly role: string;
  readonly parts: readonly TranscriptPart[];
  /** Of an answer: `stop`, `length`, `tool_calls`, …; empty: it did not end, or is none. */
  readonly finishReason: string;
}

/** What was said in one request, whatever the client's format. */
export interface Transcript {
  /** What the model was shown, what was stored of the conversation included. */
  readonly input: readonly TranscriptMessage[];
  /** One message a choice; of a stream that was cancelled, what went out. */
  readonly output: readonly TranscriptMessage[];
}

/** Takes what is not to be told out of what was said. */
export interface Redaction {
  /** A JSON value, without what the configuration names. */
  value(value: unknown): unknown;
  /** A text, without what looks like a secret, cut to `maxLength` characters. */
  text(text: string, maxLength: number): string;
  /** As a text; where it is JSON, without what the configuration names. */
  json(text: string, maxLength: number): string;
}

/** Reads what was said, once it is known that it will be told. @param response bytes as the client got them. */
export type Transcriber = (response: Uint8Array | null, redaction: Redaction) => Transcript;
