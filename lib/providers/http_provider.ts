import type { Clock } from "../clock.ts";
import type { GatewayError } from "../errors.ts";
import type { WireFormat } from "../wire/canonical.ts";
import { type AuthScheme, familyOf, type ProviderRow, type Quirks } from "./catalog.ts";
import { type Endpoint, endpointOf, pathFor } from "./endpoint.ts";
import { decodeErrorAnswer } from "./error_answer.ts";
import type { HttpClient } from "./http_client.ts";
import type {
  Operations,
  Provider,
  UpstreamHandle,
  UpstreamHandler,
  UpstreamHeaders,
  UpstreamRequest,
} from "./provider.ts";

export interface HttpProviderOptions {
  readonly name: string;
  readonly row: ProviderRow;
  readonly baseUrl: URL;
  /** Null: none is sent. */
  readonly apiKey: string | null;
  /** Sent with each request, in place of the client's and of the row's own of the same name. */
  readonly headers: Readonly<Record<string, string>>;
  /** Headers that the way there wants: `[name, value, …]`. */
  readonly routeHeaders: readonly string[];
  readonly userAgent: string;
  readonly client: HttpClient;
  readonly clock: Clock;
}

const JSON_TYPE = "application/json";

const AUTH_HEADERS: Readonly<Record<AuthScheme, (key: string) => readonly [string, string]>> = {
  "bearer": (key) => ["authorization", `Bearer ${key}`],
  "x-api-key": (key) => ["x-api-key", key],
  "x-goog-api-key": (key) => ["x-goog-api-key", key],
  "api-key": (key) => ["api-key", key],
};

/** A provider over HTTP: everything that tells one from another stands in its row of the catalogue. */
export class HttpProvider implements Provider {
  readonly name: string;
  readonly system: string;
  readonly formats: readonly WireFormat[];
  readonly operations: Operations;
  readonly serverAddress: string;
  readonly serverPort: number;
  readonly forwardHeaders: readonly string[];
  readonly quirks?: Quirks;
  readonly #endpoint: Endpoint;
  readonly #client: HttpClient;
  readonly #clock: Clock;
  /** The same with every request of generation. */
  readonly #headers: readonly string[];
  /** The same with every other; the type of its body comes along. */
  readonly #operationHeaders: readonly string[];
  /** `[name, value]` of those that the client may have given. */
  readonly #defaults: readonly (readonly [string, string])[];
  readonly #secrets: readonly string[];

  constructor(options: HttpProviderOptions) {
    const { row, baseUrl, apiKey } = options;
    const family = familyOf(row);
    this.name = options.name;
    this.system = row.system;
    this.formats = Object.keys(row.paths) as WireFormat[];
    this.operations = row.operations ?? {};
    this.serverAddress = baseUrl.hostname;
    this.serverPort = Number(baseUrl.port) || (baseUrl.protocol === "https:" ? 443 : 80);
    if (row.quirks !== undefined) this.quirks = row.quirks;
    this.#endpoint = endpointOf(baseUrl, row);
    this.#client = options.client;
    this.#clock = options.clock;
    const fixed = new Map([
      ["content-type", JSON_TYPE],
      ["accept", "application/json, text/event-stream"],
      // undici decompresses nothing.
      ["accept-encoding", "identity"],
      ["user-agent", options.userAgent],
      ...(apiKey === null ? [] : [AUTH_HEADERS[row.auth](apiKey)]),
      ...Object.entries(options.headers).map(([name, value]) => [name.toLowerCase(), value] as const),
    ]);
    this.#headers = [...options.routeHeaders, ...[...fixed].flat()];
    // An answer may be of any type: audio, a file.
    this.#operationHeaders = [
      ...options.routeHeaders,
      ...[...new Map([...fixed, ["accept", "*/*"]])].filter(([name]) => name !== "content-type").flat(),
    ];
    this.#defaults = Object.entries(family.defaultHeaders).filter(([name]) => !fixed.has(name));
    this.forwardHeaders = [...family.forwardHeaders, ...row.forwardHeaders ?? []]
      .filter((name) => !fixed.has(name));
    this.#secrets = [...(apiKey === null ? [] : [apiKey]), ...Object.values(options.headers)]
      // What is shorter would blank out words of a message and guards nothing.
      .filter((secret) => secret.length >= 8);
  }

  send(request: UpstreamRequest, handler: UpstreamHandler): UpstreamHandle {
    const { method = "POST", subpath = "", contentType = JSON_TYPE, format } = request;
    const paths = this.#endpoint[format];
    if (paths === undefined) throw new TypeError(`Cannot send "${format}" to provider "${this.name}"`);
    let headers: string[];
    if (Object.hasOwn(this.operations, format)) {
      headers = this.#operationHeaders.concat(request.headers);
      if (contentType !== null) headers.push("content-type", contentType);
    } else {
      headers = this.#headers.concat(request.headers);
    }
    for (const [name, value] of this.#defaults) {
      if (!hasHeader(request.headers, name)) headers.push(name, value);
    }
    const target = pathFor(paths, request.stream, request.model, request.query, subpath);
    return this.#client.send(method, target, headers, request.body, request.timeouts ?? null, handler);
  }

  decodeError(status: number, headers: UpstreamHeaders, body: Uint8Array): GatewayError {
    const wall = this.#clock.wall();
    return decodeErrorAnswer({ provider: this.name, status, headers, body, secrets: this.#secrets, wall });
  }

  close(): Promise<void> {
    return this.#client.close();
  }
}

function hasHeader(headers: readonly string[], name: string): boolean {
  for (let i = 0; i < headers.length; i += 2) if (headers[i] === name) return true;
  return false;
}
