import { duration } from "../kinds.ts";
import { key, optional, section } from "../node.ts";

const ABOUT = {
  connect: "Time to connect to the provider, TLS included.",
  first_chunk: "Time from sending the request to the first byte of the answer's body.",
  between_chunks: "Time between two chunks of the body; not counted while the client is not reading.",
  total: "Time for one attempt, all in all.",
};

/** For calls of providers; each key may be set again for a provider and for a model. */
export const timeouts = section("Time-outs of upstream requests; `off` switches one off.", {
  connect: key(duration(), ABOUT.connect, "5s"),
  first_chunk: key(duration(), ABOUT.first_chunk, "600s"),
  between_chunks: key(duration(), ABOUT.between_chunks, "120s"),
  total: key(duration(), ABOUT.total, "off"),
});

/** The same keys where they replace those of the level above. */
export function ownTimeouts(about: string) {
  return section(about, {
    connect: optional(duration(), ABOUT.connect),
    first_chunk: optional(duration(), ABOUT.first_chunk),
    between_chunks: optional(duration(), ABOUT.between_chunks),
    total: optional(duration(), ABOUT.total),
  });
}
