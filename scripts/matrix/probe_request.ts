import { GatewayError } from "../../lib/errors.ts";
import type { Provider, UpstreamHandle } from "../../lib/providers/provider.ts";
import { InstrumentedProvider } from "../../lib/providers/instrumented_provider.ts";
import { systemClock } from "../../lib/clock.ts";
import { ModelRequest } from "../../lib/stages/model_request.ts";
import type { Target } from "../../lib/stages/model_table.ts";
import { prepareRequest } from "../../lib/stages/upstream/prepare_request.ts";
import { Exchange } from "../../lib/telemetry/exchange.ts";
import type { JsonObject, WireFormat } from "../../lib/wire/canonical.ts";
import type { ClientCodec } from "../../lib/wire/codec.ts";
import { CODECS } from "../../lib/wire/codecs.ts";
import { contains } from "./contains.ts";
import { type Feature, sayingOf } from "./feature.ts";
import { MODELS, PLAIN_REQUESTS } from "./plain.ts";

/**
 * What becomes of a feature between a client and a provider. `none`: a client of the format cannot ask for it.
 * `lost`, which must not be: it arrives nowhere, and nobody is told.
 */
export type Outcome = "none" | "bytes" | "mapped" | "dropped" | "refused" | "lost";

export interface Probed {
  readonly outcome: Outcome;
  /** What is reported as dropped, or the parameter that is refused. */
  readonly told: string;
  /** What the provider gets; null where it is not asked. */
  readonly body: JsonObject | null;
}

const NONE: Probed = { outcome: "none", told: "", body: null };
const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Sends a request for a feature the way of all requests, up to the provider. */
export function probeRequest(feature: Feature, client: ClientCodec, format: WireFormat): Probed {
  const { says } = sayingOf(feature, client.format);
  if (says === null) return NONE;
  const asked: JsonObject = { ...PLAIN_REQUESTS[client.format], ...says };
  if (client.modelInPath !== true) asked.model = "asked";
  const named = client.modelInPath === true ? { model: "asked", stream: feature.stream === true } : null;
  try {
    const request = new ModelRequest(client, encoder.encode(JSON.stringify(asked)), named);
    const exchange = new Exchange(0, 0, { finished: () => {} });
    const { body, dropped, passThrough } = prepareRequest(exchange, request, targetOf(format), CODECS);
    const sent = JSON.parse(decoder.decode(body)) as JsonObject;
    const arrives = sayingOf(feature, passThrough ? client.format : format).hears
      .some((heard) => contains(sent, heard));
    const told = dropped.join(", ");
    if (told !== "") return { outcome: "dropped", told, body: sent };
    return { outcome: !arrives ? "lost" : passThrough ? "bytes" : "mapped", told, body: sent };
  } catch (error) {
    if (!(error instanceof GatewayError) || error.status !== 400) throw error;
    return { outcome: "refused", told: error.param ?? "", body: null };
  }
}

/** A provider of one format, which is never asked. */
function targetOf(format: WireFormat): Target {
  const provider: Provider = {
    name: format,
    system: format,
    formats: [format],
    serverAddress: "",
    serverPort: 0,
    forwardHeaders: [],
    send: (): UpstreamHandle => {
      throw new Error("Cannot be asked: it is there for its format alone");
    },
    decodeError: () => new GatewayError("upstream_error", ""),
    close: () => Promise.resolve(),
  };
  return {
    provider: new InstrumentedProvider(provider, systemClock),
    model: MODELS[format],
    weight: 1,
    timeouts: {},
  };
}
