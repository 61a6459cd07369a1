import type { Clock } from "../clock.ts";
import type { Deadlines } from "../deadlines.ts";
import { type Resolve, systemResolve } from "./address_book.ts";
import { atApiVersion } from "./api_version.ts";
import { type AuthScheme, catalogRow } from "./catalog.ts";
import { type AuthSettings, createCredentials } from "./credentials/create_credentials.ts";
import type { Revealable } from "./credentials/revealable.ts";
import { TokenEndpoint } from "./credentials/token_endpoint.ts";
import { HttpClient } from "./http_client.ts";
import { HttpProvider } from "./http_provider.ts";
import { createMockProvider, type MockProviderOptions } from "./mock.ts";
import type { Provider, UpstreamTimeouts } from "./provider.ts";
import { type ProxyEnvironment, proxyFor } from "./proxy.ts";
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
  /** HTTP/2 alone is spoken with it. Default: HTTP/1.1. */
  readonly http2?: boolean;
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
  /** Hears of what an operator should know. Never of a secret. */
  readonly onWarning: (message: string) => void;
}

const DNS_TTL = 30_000;

/**
 * Makes a provider of its settings. It connects to nothing yet.
 * @throws {TypeError} where there is no such type, no base URL, or a proxy that cannot be used.
 */
export function createProvider(
  name: string,
  settings: ProviderSettings,
  surroundings: ProviderSurroundings,
): Provider {
  const { clock, deadlines, proxyEnvironment, userAgent } = surroundings;
  const { type, timeouts, maxConnections, maxQueue } = settings;
  if (type === "mock") return createMockProvider(name, { ...settings.mock, timeouts }, { clock, deadlines });
  const known = catalogRow(type);
  if (known === null) throw new TypeError(`Cannot create provider "${name}": there is no type "${type}"`);
  const base = settings.baseUrl ?? known.baseUrl;
  const url = base === null ? null : URL.parse(base);
  if (url === null) {
    throw new TypeError(`Cannot create provider "${name}": its base URL is missing or not a URL`);
  }
  const { row, baseUrl } = atApiVersion(known, url, settings.apiVersion ?? null);
  const dns = { resolve: surroundings.resolve ?? systemResolve, ttl: settings.dnsTtl ?? DNS_TTL, clock };
  const routeOf = (url: URL, http2: boolean) =>
    routeTo(url, proxyFor(url, proxyEnvironment, settings.proxy), settings.ca, dns, http2);
  const route = routeOf(baseUrl, settings.http2 ?? false);
  const tokenEndpoint = (url: URL) => {
    const route = routeOf(url, false);
    const client = new HttpClient({ route, maxConnections: 1, maxQueue: 1, timeouts, deadlines });
    return new TokenEndpoint(url, client, route.headers);
  };
  return new HttpProvider({
    name,
    row,
    baseUrl,
    credentials: createCredentials(name, settings.authScheme ?? row.auth, settings.auth, {
      ...surroundings,
      tokenEndpoint,
    }),
    passesKeys: settings.auth.kind === "passthrough",
    headers: settings.headers,
    routeHeaders: route.headers,
    userAgent,
    client: new HttpClient({ route, maxConnections, maxQueue, timeouts, deadlines }),
    clock,
  });
}
