/** Wire protocols of OTLP. */
export const OTLP_PROTOCOLS = ["grpc", "http/protobuf", "http/json"] as const;

export type OtlpProtocol = (typeof OTLP_PROTOCOLS)[number];

export interface OtlpTarget {
  readonly protocol: OtlpProtocol;
  /** Whole URL of the request, without credentials. */
  readonly url: string;
  /** `Basic …` where the endpoint held credentials, else null. */
  readonly authorization: string | null;
}

export interface OtlpEndpointOptions {
  /** `host:port` or a URL. */
  readonly endpoint: string;
  /** The endpoint is the whole URL for traces, to which nothing is added. */
  readonly exact?: boolean | undefined;
  /** Decides where it is given. */
  readonly protocol?: OtlpProtocol | undefined;
  /** Plain text where the endpoint has no scheme; else TLS. */
  readonly insecure?: boolean | undefined;
}

const GRPC_PORT = "4317";
const GRPC_PATH = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";
const HTTP_PATH = "/v1/traces";
const SCHEME = /^[a-z][a-z0-9+.-]*:\/\//i;

/**
 * Where traces go and how. Without a given protocol an endpoint without a scheme, and any on port 4317, is gRPC;
 * any other is HTTP with protocol buffers.
 * @throws {TypeError} where the endpoint is no address.
 */
export function otlpTarget(options: OtlpEndpointOptions): OtlpTarget {
  const { endpoint, insecure = false } = options;
  const bare = !SCHEME.test(endpoint);
  const text = bare ? `${insecure ? "http" : "https"}://${endpoint}` : endpoint;
  if (!URL.canParse(text)) {
    throw new TypeError(`Cannot export traces to "${endpoint}": not host:port or a URL`);
  }
  const url = new URL(text);
  if (url.protocol !== "http:" && url.protocol !== "https:") {
    throw new TypeError(`Cannot export traces to "${endpoint}": its scheme is not http or https`);
  }
  const protocol = options.protocol ?? (bare || url.port === GRPC_PORT ? "grpc" : "http/protobuf");
  const authorization = url.username === ""
    ? null
    : `Basic ${btoa(`${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`)}`;
  url.username = "";
  url.password = "";
  if (protocol === "grpc") {
    url.pathname = GRPC_PATH;
  } else if (options.exact !== true && !url.pathname.endsWith(HTTP_PATH)) {
    url.pathname = `${url.pathname.replace(/\/$/, "")}${HTTP_PATH}`;
  }
  return { protocol, url: url.href, authorization };
}
