import type { Clock } from "../clock.ts";
import type { Deadlines } from "../deadlines.ts";
import type { AddressPolicy } from "./address_guard.ts";
import { DNS_TTL, type Resolve, systemResolve } from "./address_book.ts";
import { atApiVersion } from "./api_version.ts";
import { type AuthScheme, catalogRow } from "./catalog.ts";
import { type AuthSettings, createCredentials } from "./credentials/create_credentials.ts";
import type { AskAws } from "./credentials/aws/aws_keys.ts";
import { CredentialError } from "./credentials/credential_source.ts";
import { SmallAnswer } from "./credentials/small_answer.ts";
import type { Revealable } from "./credentials/revealable.ts";
import { TokenEndpoint } from "./credentials/token_endpoint.ts";
import { HttpClient } from "./http_client.ts";
import { HttpProvider } from "./http_provider.ts";
import type { MockProviderOptions } from "./mock.ts";
import type { Provider, UpstreamTimeouts } from "./provider.ts";
import { type ProxyEnvironment, proxyFor } from "./proxy.ts";
import type { ReadPace } from "./read_pace.ts";
import { routeTo } from "./route.ts";

/** One provider as it was configured. */
export interface ProviderSettings {
  /** A row of the catalogue, or `mock`. */
  readonly type: string;
  /** Null: the row's own. */
  readonly baseUrl: string | null;
  /** Null: what the base URL says, or none. */
  readonly apiVersion?: string | null;
  readonly auth: AuthSettings;
  /** How a key is sent. Null: the row's own way. */
  readonly authScheme?: AuthScheme | null;
  /** Sent along with each request. */
  readonly headers: Readonly<Record<string, Revealable>>;
  readonly timeouts: UpstreamTimeouts;
  /** A URL, `none`, or null for what the environment says. */
  readonly proxy: string | null;
  /** PEM of certificate authorities that are trusted besides the system's. */
  readonly ca: string | null;
  /** How long its addresses count, milliseconds; 0: each connection looks them up. */
  readonly dnsTtl?: number;
  /** Which addresses its host may have. Default: `any`. */
  readonly addresses?: AddressPolicy;
  /** HTTP/2 alone is spoken with it. Default: HTTP/1.1. */
  readonly http2?: boolean | "auto";
  /** Requests at a time. */
  readonly maxConnections: number;
  /** Requests that may wait for one of these. */
  readonly maxQueue: number;
  /** For `mock` alone. */
  readonly mock?: MockProviderOptions;
}

/** What all providers share. */
export interface ProviderSurroundings {
  readonly clock: Clock;
  readonly deadlines: Deadlines;
  readonly proxyEnvironment: ProxyEnvironment;
  readonly userAgent: string;
  readonly random: () => number;
  /** Finds the addresses of a host; absent: as the system does. */
  readonly resolve?: Resolve;
  /** How often answers are read; absent: whenever something comes. */
  readonly pace?: ReadPace;
  /** Hears of what an operator should know. Never of a secret. */
  readonly onWarning: (message: string) => void;
}

/** However slowly it goes, a request of a model waits no longer for its keys, milliseconds. */
const METADATA_TIMEOUTS = { connect: 1_000, firstChunk: 5_000, betweenChunks: 5_000, total: 5_000 };

/**
 * Makes a provider of its settings. It connects to nothing yet.
 * @throws {TypeError} where there is no such type, no base URL, or a proxy that cannot be used.
 */
export async function createProvider(
  name: string,
  settings: ProviderSettings,
  surroundings: ProviderSurroundings,
): Promise<Provider> {
  const { clock, deadlines, proxyEnvironment, userAgent } = surroundings;
  const { type, timeouts, maxConnections, maxQueue } = settings;
  if (type === "mock") {
    const { createMockProvider } = await import("./mock.ts");
    return createMockProvider(name, { ...settings.mock, timeouts }, { clock, deadlines });
  }
  const known = catalogRow(type);
  if (known === null) throw new TypeError(`Cannot create provider "${name}": there is no type "${type}"`);
  const base = settings.baseUrl ?? known.baseUrl;
  const url = base === null ? null : URL.parse(base);
  if (url === null) {
    throw new TypeError(`Cannot create provider "${name}": its base URL is missing or not a URL`);
  }
  const { row, baseUrl } = atApiVersion(known, url, settings.apiVersion ?? null);
  const dns = {
    resolve: surroundings.resolve ?? systemResolve,
    ttl: settings.dnsTtl ?? DNS_TTL,
    clock,
    policy: settings.addresses ?? "any",
  };
  const routeOf = (url: URL, http2: boolean | "auto") =>
    routeTo(url, proxyFor(url, proxyEnvironment, settings.proxy), settings.ca, dns, http2);
  const { pace } = surroundings;
  const route = { ...routeOf(baseUrl, settings.http2 ?? false), ...(pace === undefined ? {} : { pace }) };
  const tokenEndpoint = (url: URL) => {
    const route = routeOf(url, false);
    const client = new HttpClient({ route, maxConnections: 1, maxQueue: 1, timeouts, deadlines });
    return new TokenEndpoint(url, client, route.headers);
  };
  const askAws: AskAws = async (method, url, headers) => {
    // On this machine or this network: no proxy is between.
    const client = new HttpClient({
      route: routeTo(url, null, settings.ca, { ...dns, policy: "any" }),
      maxConnections: 1,
      maxQueue: 1,
      timeouts,
      deadlines,
    });
    const answer = new SmallAnswer();
    const all = ["accept-encoding", "identity", ...headers];
    const handle = client.send(method, url.pathname + url.search, all, null, METADATA_TIMEOUTS, answer);
    const failure = await answer.over;
    if (!answer.whole) handle.abort();
    await client.close();
    if (failure === null) return answer;
    throw new CredentialError("credentials_failed", `no AWS credentials: ${url.host}: ${failure.message}`);
  };
  return new HttpProvider({
    name,
    row,
    baseUrl,
    credentials: createCredentials(name, settings.authScheme ?? row.auth, settings.auth, {
      ...surroundings,
      tokenEndpoint,
      askAws,
    }),
    passesKeys: settings.auth.kind === "passthrough",
    headers: settings.headers,
    routeHeaders: route.headers,
    userAgent,
    client: new HttpClient({ route, maxConnections, maxQueue, timeouts, deadlines }),
    clock,
  });
}
