import type { Exchange } from "../../telemetry/exchange.ts";
import type { Embedder } from "../embedding/embedder.ts";
import type { KnownVectors } from "../embedding/known_vectors.ts";
import { SharedVectors } from "../embedding/shared_vectors.ts";
import type { Detector, Suspicion } from "./detector.ts";
import type { Said } from "./looked_at.ts";

export interface EmbeddingDetectorOptions {
  /** Attacks. */
  readonly examples: readonly string[];
  /** What looks like one and is none. */
  readonly harmless: readonly string[];
}

/** Characters that one vector stands for: in a longer text an attack would count for little. */
const WINDOW = 1000;
/** Vectors of one request, the last texts first. */
const MOST_WINDOWS = 32;

/**
 * The attack that is nearest to what was said. The score is the cosine; what is nearer to something harmless is no
 * attack.
 */
export function embeddingDetector(
  embedder: Embedder,
  { examples, harmless }: EmbeddingDetectorOptions,
): Detector {
  const known = new SharedVectors(embedder, [...examples, ...harmless]);

  function nearest(
    vectors: KnownVectors,
    asked: readonly Float32Array[],
    windows: readonly Said[],
  ): Suspicion | null {
    let found: Suspicion | null = null;
    for (const [index, vector] of asked.entries()) {
      const cosines = vectors.cosines(vector);
      const attack = largest(cosines, 0, examples.length);
      if (attack <= (found?.score ?? 0) || attack <= largest(cosines, examples.length, cosines.length)) {
        continue;
      }
      // Rounding may take a cosine a little beyond one.
      found = { score: Math.min(1, attack), type: "example", by: windows[index]?.by ?? "user" };
    }
    return found;
  }

  return {
    type: embedder.lexical ? "embedding_lexical" : "embedding",
    detect(exchange: Exchange, run, texts) {
      const windows = windowsOf(texts);
      if (windows.length === 0) return null;
      const vectors = known.get(exchange, run);
      const asked = embedder.embed(exchange, run, windows.map(({ text }) => text));
      if (!(vectors instanceof Promise) && Array.isArray(asked)) return nearest(vectors, asked, windows);
      return Promise.all([vectors, asked]).then(([vectors, asked]) => nearest(vectors, asked, windows));
    },
  };
}

/** Pieces of texts, from the last on. */
function windowsOf(texts: readonly Said[]): Said[] {
  const windows: Said[] = [];
  for (let at = texts.length - 1; at >= 0; at--) {
    const { by, text } = texts[at] as Said;
    for (let end = text.length; end > 0; end -= WINDOW) {
      if (windows.length === MOST_WINDOWS) return windows;
      windows.push({ by, text: text.slice(Math.max(0, end - WINDOW), end) });
    }
  }
  return windows;
}

function largest(values: Float32Array, from: number, to: number): number {
  let most = 0;
  for (let at = from; at < to; at++) most = Math.max(most, values[at] as number);
  return most;
}
