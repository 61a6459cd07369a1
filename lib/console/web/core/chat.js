/** Asks the gateway's own API, as any client would, and tells of the answer while it comes. */

/**
 * @param {{key: string, body: object, signal: AbortSignal, onText: (text: string) => void}} options key: empty: none.
 * @returns {Promise<{text: string, model: string, provider: string, requestId: string, ttftMs: number, totalMs: number, usage: object | null}>}
 * @throws {Error} with the gateway's own words.
 */
export async function chat({ key, body, signal, onText }) {
  const started = performance.now();
  const headers = { "content-type": "application/json" };
  if (key !== "") headers.authorization = `Bearer ${key}`;
  const response = await fetch("/v1/chat/completions", {
    method: "POST",
    headers,
    body: JSON.stringify(body),
    signal,
  });
  const told = {
    text: "",
    model: response.headers.get("x-gateway-model") ?? "",
    provider: response.headers.get("x-gateway-provider") ?? "",
    requestId: response.headers.get("x-request-id") ?? "",
    ttftMs: NaN,
    totalMs: NaN,
    usage: null,
  };
  if (!response.ok) {
    const answer = await response.json().catch(() => null);
    throw Object.assign(new Error(answer?.error?.message ?? `The gateway answered ${response.status}.`), {
      told,
    });
  }
  const add = (text) => {
    if (text === "") return;
    if (Number.isNaN(told.ttftMs)) told.ttftMs = performance.now() - started;
    told.text += text;
    onText(told.text);
  };
  if (body.stream) {
    for await (const event of events(response.body)) {
      if (event === "[DONE]") break;
      const chunk = JSON.parse(event);
      if (chunk.error) throw Object.assign(new Error(chunk.error.message), { told });
      told.model ||= chunk.model ?? "";
      told.usage = chunk.usage ?? told.usage;
      add(chunk.choices?.[0]?.delta?.content ?? "");
    }
  } else {
    const answer = await response.json();
    told.model ||= answer.model ?? "";
    told.usage = answer.usage ?? null;
    add(answer.choices?.[0]?.message?.content ?? "");
  }
  told.totalMs = performance.now() - started;
  return told;
}

/** The data of server-sent events. */
async function* events(body) {
  let rest = "";
  for await (const text of read(body.pipeThrough(new TextDecoderStream()))) {
    const parts = (rest + text).split(/\r?\n\r?\n/);
    rest = parts.pop();
    for (const part of parts) {
      const data = part.split(/\r?\n/).filter((line) => line.startsWith("data:")).map((line) =>
        line.slice(5).trimStart()
      );
      if (data.length > 0) yield data.join("\n");
    }
  }
}

async function* read(stream) {
  const reader = stream.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield value;
    }
  } finally {
    reader.cancel().catch(() => {});
  }
}

/** Names of models that a key may use. */
export async function models(key) {
  const response = await fetch("/v1/models", {
    headers: key === "" ? {} : { authorization: `Bearer ${key}` },
  });
  if (!response.ok) return [];
  const { data } = await response.json();
  return data.map(({ id }) => id);
}
