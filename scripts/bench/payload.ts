/** What goes through: a chat request of usual size, and its answer. */

const MESSAGES = [
  { role: "system", content: "You are a helpful assistant that answers briefly and to the point." },
  { role: "user", content: "Explain in three sentences why the sky is blue and sunsets are red." },
];

export const MODEL = "bench";

export const REQUEST = JSON.stringify({
  model: MODEL,
  messages: MESSAGES,
  temperature: 0.2,
  max_tokens: 256,
});

export const STREAM_REQUEST = JSON.stringify({ model: MODEL, messages: MESSAGES, stream: true });

export const ANSWER = JSON.stringify({
  id: "chatcmpl-B9MHDbslfkBeAs8l4bebGdFOJ6PeG",
  object: "chat.completion",
  created: 1741570283,
  model: MODEL,
  choices: [{
    index: 0,
    message: {
      role: "assistant",
      content:
        "Air scatters short waves of light far more than long ones, so blue reaches the eye from all of " +
        "the sky. At sunset the light comes a long way through the air and most of the blue is lost on it. " +
        "What is left over is orange and red.",
      refusal: null,
      annotations: [],
    },
    logprobs: null,
    finish_reason: "stop",
  }],
  usage: {
    prompt_tokens: 42,
    completion_tokens: 58,
    total_tokens: 100,
    prompt_tokens_details: { cached_tokens: 0, audio_tokens: 0 },
    completion_tokens_details: { reasoning_tokens: 0, audio_tokens: 0 },
  },
  service_tier: "default",
  system_fingerprint: "fp_fc9f1d7035",
});

/** Text of the chunks of a stream: `stamp` is when it was written, milliseconds since the epoch. */
export function contentChunk(stamp: number): string {
  return `data: {"id":"chatcmpl-bench","object":"chat.completion.chunk","created":1741570283,` +
    `"model":"${MODEL}","system_fingerprint":"fp_fc9f1d7035","choices":[{"index":0,` +
    `"delta":{"content":" word"},"logprobs":null,"finish_reason":null}],"sent_at":${stamp.toFixed(3)}}\n\n`;
}

export const FINISH_CHUNK =
  `data: {"id":"chatcmpl-bench","object":"chat.completion.chunk","created":1741570283,"model":"${MODEL}",` +
  `"system_fingerprint":"fp_fc9f1d7035","choices":[{"index":0,"delta":{},"logprobs":null,` +
  `"finish_reason":"stop"}]}\n\n`;

export const USAGE_CHUNK =
  `data: {"id":"chatcmpl-bench","object":"chat.completion.chunk","created":1741570283,"model":"${MODEL}",` +
  `"system_fingerprint":"fp_fc9f1d7035","choices":[],` +
  `"usage":{"prompt_tokens":42,"completion_tokens":200,"total_tokens":242}}\n\n`;

export const DONE = "data: [DONE]\n\n";
