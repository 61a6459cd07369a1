import type { Clock } from "../clock.ts";
import type { GatewayError } from "../errors.ts";
import type { WireFormat } from "../wire/canonical.ts";
import { type Capability, familyOf, type ProviderRow, type Quirks } from "./catalog.ts";
import {
  type Credential,
  type CredentialSource,
  NO_CREDENTIALS,
  type OutgoingRequest,
} from "./credentials/credential_source.ts";
import type { PassedKey } from "./credentials/passed_key.ts";
import type { Revealable } from "./credentials/revealable.ts";
import { ConfiguredHeaders } from "./configured_headers.ts";
import { failedForCredentials, onceCredentialed } from "./credential_wait.ts";
import { RefusalWatch } from "./refusal_watch.ts";
import { type Endpoint, endpointOf, pathFor } from "./endpoint.ts";
import { decodeErrorAnswer } from "./error_answer.ts";
import type { HttpClient } from "./http_client.ts";
import { tellsSecret } from "./safe_text.ts";
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
  /** What authenticates requests. */
  readonly credentials: CredentialSource;
  /** Client's keys are sent: `credentials` asks for them. */
  readonly passesKeys: boolean;
  /** Sent with each request, in place of the client's and of the row's own of the same name, credentials included. */
  readonly headers: Readonly<Record<string, Revealable>>;
  /** Headers that the way there wants: `[name, value, …]`. */
  readonly routeHeaders: readonly string[];
  readonly userAgent: string;
  readonly client: HttpClient;
  readonly clock: Clock;
}

const JSON_TYPE = "application/json";
const SHORTEST_SECRET = 8;
const NO_HEADERS: readonly string[] = [];

/** A provider over HTTP: everything that tells one from another stands in its row of the catalogue. */
export class HttpProvider implements Provider {
  readonly name: string;
  readonly system: string;
  readonly formats: readonly WireFormat[];
  readonly can: readonly Capability[];
  readonly operations: Operations;
  readonly serverAddress: string;
  readonly serverPort: number;
  readonly forwardHeaders: readonly string[];
  readonly quirks?: Quirks;
  readonly passesKeys: boolean;
  readonly #origin: string;
  readonly #endpoint: Endpoint;
  readonly #client: HttpClient;
  readonly #clock: Clock;
  readonly #credentials: CredentialSource;
  /** The same with every request of generation. */
  readonly #headers: readonly string[];
  /** The same with every other; the type of its body comes along. */
  readonly #operationHeaders: readonly string[];
  /** `[name, value]` of those that the client may have given. */
  readonly #defaults: readonly (readonly [string, string])[];
  readonly #configured: ConfiguredHeaders;
  /** The last URL that was told, and its path: mostly the next one is the very same, as whoever tells it sees at once. */
  #urlPath = "";
  #url = "";

  constructor(options: HttpProviderOptions) {
    const { row, baseUrl, credentials } = options;
    const family = familyOf(row);
    this.name = options.name;
    this.system = row.system;
    this.formats = Object.keys(row.paths) as WireFormat[];
    this.can = row.can;
    this.operations = row.operations ?? {};
    this.serverAddress = baseUrl.hostname;
    this.serverPort = Number(baseUrl.port) || (baseUrl.protocol === "https:" ? 443 : 80);
    if (row.quirks !== undefined) this.quirks = row.quirks;
    this.passesKeys = options.passesKeys;
    this.#origin = baseUrl.origin;
    this.#endpoint = endpointOf(baseUrl, row);
    this.#client = options.client;
    this.#clock = options.clock;
    this.#configured = new ConfiguredHeaders(options.headers);
    const { names } = this.#configured;
    // A configured header is the credential, where it has the credential's name.
    this.#credentials = credentials.headerNames.some((name) => names.has(name))
      ? NO_CREDENTIALS
      : credentials;
    const unlessConfigured = (...headers: [name: string, value: string][]) => [
      ...options.routeHeaders,
      ...headers.filter(([name]) => !names.has(name)).flat(),
    ];
    // undici decompresses nothing.
    const encoding: [string, string] = ["accept-encoding", "identity"];
    const agent: [string, string] = ["user-agent", options.userAgent];
    this.#headers = unlessConfigured(
      ["content-type", JSON_TYPE],
      ["accept", "application/json, text/event-stream"],
      encoding,
      agent,
    );
    // An answer may be of any type: audio, a file.
    this.#operationHeaders = unlessConfigured(["accept", "*/*"], encoding, agent);
    this.#defaults = Object.entries(family.defaultHeaders).filter(([name]) => !names.has(name));
    const accountHeaders = options.passesKeys ? family.accountHeaders ?? [] : [];
    this.forwardHeaders = [...family.forwardHeaders, ...row.forwardHeaders ?? [], ...accountHeaders]
      .filter((name) => !names.has(name) && !credentials.headerNames.includes(name));
  }

  send(
    request: UpstreamRequest,
    handler: UpstreamHandler,
    traceHeaders: readonly string[] = NO_HEADERS,
  ): UpstreamHandle {
    const { method = "POST", subpath = "", format, body } = request;
    const paths = this.#endpoint[format];
    const path = request.path ??
      (paths === undefined ? null : pathFor(paths, request.stream, request.model, request.query, subpath));
    if (path === null) throw new TypeError(`Cannot send "${format}" to provider "${this.name}"`);
    const outgoing: OutgoingRequest = {
      method,
      origin: this.#origin,
      path,
      body,
      passedKey: request.passedKey ?? null,
    };
    let credential: Credential | Promise<Credential>;
    try {
      credential = this.#credentials.credential(outgoing);
    } catch (error) {
      return failedForCredentials(error, handler);
    }
    if (!(credential instanceof Promise)) {
      return this.#send(outgoing, credential, request, traceHeaders, handler);
    }
    return onceCredentialed(
      credential,
      handler,
      (ready) => this.#send(outgoing, ready, request, traceHeaders, handler),
    );
  }

  url({ format, stream, model, subpath = "" }: UpstreamRequest): string {
    const paths = this.#endpoint[format];
    if (paths === undefined) return "";
    const path = pathFor(paths, stream, model, "", subpath);
    if (path !== this.#urlPath) {
      const query = path.indexOf("?");
      this.#urlPath = path;
      this.#url = this.#origin + (query < 0 ? path : path.slice(0, query));
    }
    return this.#url;
  }

  #send(
    { method, path }: OutgoingRequest,
    credential: Credential,
    request: UpstreamRequest,
    traceHeaders: readonly string[],
    handler: UpstreamHandler,
  ): UpstreamHandle {
    const { format, contentType = JSON_TYPE, contentLength = null, timeouts = null } = request;
    const isOperation = Object.hasOwn(this.operations, format);
    const headers = (isOperation ? this.#operationHeaders : this.#headers)
      .concat(credential.headers, request.headers, traceHeaders);
    if (!this.#configured.isEmpty) headers.push(...this.#configured.current());
    if (isOperation && contentType !== null) headers.push("content-type", contentType);
    // Of bytes undici counts them itself.
    if (contentLength !== null && !(request.body instanceof Uint8Array)) {
      headers.push("content-length", `${contentLength}`);
    }
    for (const [name, value] of this.#defaults) {
      if (!hasHeader(request.headers, name)) headers.push(name, value);
    }
    const heard = credential.refused === undefined
      ? handler
      : new RefusalWatch(handler, credential, this.#clock);
    return this.#client.send(method, path, headers, request.body, timeouts, heard);
  }

  decodeError(
    status: number,
    headers: UpstreamHeaders,
    body: Uint8Array,
    passedKey: PassedKey | null = null,
  ): GatewayError {
    const secrets = this.#secrets();
    if (passedKey !== null) secrets.push(passedKey.reveal());
    return decodeErrorAnswer({
      provider: this.name,
      status,
      headers,
      body,
      secrets,
      clientsKey: passedKey !== null,
      wall: this.#clock.wall(),
    });
  }

  tells(text: string): boolean {
    return tellsSecret(text, this.#secrets());
  }

  #secrets(): string[] {
    return [...this.#credentials.secrets(), ...this.#configured.values()]
      // What is shorter would blank out words of a message and guards nothing.
      .filter((secret) => secret.length >= SHORTEST_SECRET);
  }

  async close(): Promise<void> {
    await Promise.all([this.#client.close(), this.#credentials.close?.()]);
  }
}

function hasHeader(headers: readonly string[], name: string): boolean {
  for (let i = 0; i < headers.length; i += 2) if (headers[i] === name) return true;
  return false;
}
