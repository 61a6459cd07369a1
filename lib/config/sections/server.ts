import { boolean, choice, countOrAuto, duration, integer, network, size, text } from "../kinds.ts";
import { key, list, optional, required, section } from "../node.ts";

export const TLS_VERSIONS = ["TLSv1.2", "TLSv1.3"] as const;

export const server = section("The listener and its limits.", {
  host: key(text(), "Address to listen on; `127.0.0.1` for this machine alone.", "0.0.0.0"),
  port: key(
    integer(0, 65535),
    "Port to listen on; 0 lets the system choose. `PORT` and `--port` set it too.",
    8080,
  ),
  workers: key(
    countOrAuto(256),
    "Processes that serve the port together, under a supervisor that starts them anew; `auto` is one a processor. With more than one, limits are divided among them and conversations have to be kept on disk.",
    1,
  ),
  max_connections: key(
    integer(1),
    "Connections at a time; more wait in the system's queue. Lowered where the process may not open two files for each, which the binary cannot see: docs/deploying.md.",
    10_000,
  ),
  max_in_flight: key(
    integer(1),
    "Requests at a time; above it a request is answered with 503 at once.",
    10_000,
  ),
  max_memory: optional(
    size(),
    "Memory in use above which new requests are answered with 503, until it is below 90 % of that again; what is under way goes on. Unset: no limit, for how much there is the machine knows. About 80 % of a container's limit is a good value.",
  ),
  max_memory_time: key(
    duration(),
    "Time above `max_memory`, though new requests are refused, after which another worker takes the place of one: what it holds then is no burst. `off`: it goes on refusing. With one process there is nobody to replace it.",
    "15s",
  ),
  max_lag: key(
    duration(),
    "Delay of the event loop that is kept to under overload: once twenty times as much has stood for two seconds, or what came at once makes it ever later, only as many requests at a time are taken on as keep it below this; the others are answered with 503. 64 at a time are always taken. `off`: all wait.",
    "3ms",
  ),
  max_body_size: key(size(), "Largest request body; above it 413, counted while reading.", "32MiB"),
  max_upload_size: key(
    size(),
    "Largest upload (files, audio, images) that goes to a provider as it comes. A form that names its model behind its files is held until then, and so has `max_body_size`.",
    "512MiB",
  ),
  header_timeout: key(duration(), "Time for a client to send the headers of a request.", "10s"),
  body_timeout: key(duration(), "Time without progress while a client sends a body; then 408.", "10s"),
  idle_timeout: key(duration(), "Time after which a connection without a request is closed.", "60s"),
  write_stall_timeout: key(
    duration(),
    "Time after which a client that stops reading its answer is closed.",
    "60s",
  ),
  drain_delay: key(
    duration(),
    "After SIGTERM: time in which readiness says 503 and requests are still accepted, so that load balancers notice.",
    "5s",
  ),
  drain_grace: key(duration(), "After that: time for open requests to end by themselves.", "30s"),
  watch_config: key(
    boolean(),
    "Read the configuration anew when its file changes. SIGHUP and `POST /admin/config/reload` do so in any case; requests under way keep what they began with, and a bad configuration changes nothing.",
    true,
  ),
  allowed_hosts: list(
    "Host names that requests may name, without a port. Empty: any that is well formed.",
    required(text(), "A host name."),
  ),
  trusted_proxies: list(
    "Networks whose `X-Forwarded-For` and `Forwarded` are believed.",
    required(network(), "A network."),
  ),
  tls: section(
    "TLS, at every address of the gateway. Off without a certificate. Files that change are read again within seconds; connections that are open go on.",
    {
      cert_file: optional(
        text("a path"),
        "PEM file with the certificate and, behind it, those between it and its authority.",
      ),
      key_file: optional(text("a path"), "PEM file with the certificate's private key, not encrypted."),
      client_ca_file: optional(
        text("a path"),
        "PEM file with authorities of clients: who has no certificate of theirs is refused (mTLS).",
      ),
      min_version: key(choice(TLS_VERSIONS), "Oldest version of TLS that is spoken.", "TLSv1.2"),
    },
  ),
  cors: section("Answers for browsers on other origins. Off while `allowed_origins` is empty.", {
    allowed_origins: list(
      "Origins that may call, or `*`.",
      required(text(), "An origin, `https://app.example`."),
    ),
    allowed_headers: list(
      "Request headers that they may send. Empty: those they ask for.",
      required(text(), "A header's name."),
    ),
    max_age: key(duration(), "Time for which a browser may keep a preflight's answer.", "10m"),
  }),
  headers: section("Response headers that can be switched.", {
    traceresponse: key(boolean(), "`traceresponse`: the trace of the request (W3C draft).", true),
    traceparent: key(boolean(), "`traceparent` of the request's trace.", false),
    server_timing: key(boolean(), "`Server-Timing`: the gateway's own phases.", false),
    overhead: key(boolean(), "`x-gateway-overhead-ms`: the gateway's own time.", false),
    model: key(boolean(), "`x-gateway-model`: the model that answered.", true),
    provider: key(boolean(), "`x-gateway-provider`: the provider that answered.", true),
    attempts: key(
      boolean(),
      "`x-gateway-attempts`: how many upstream requests it took, where it took more than one.",
      true,
    ),
    dropped_params: key(
      boolean(),
      "`x-gateway-dropped-params`: what the target's API cannot express and was left out.",
      true,
    ),
    cache: key(boolean(), "`x-gateway-cache`: what the cache did, where there is one.", true),
    semantic_router: optional(
      boolean(),
      "`x-vsr-selected-category`, `x-vsr-selected-model`, `x-vsr-selected-reasoning`, `x-vsr-injected-system-prompt`, " +
        "`x-vsr-cache-hit`, and of a refusal `x-vsr-pii-violation` or `x-vsr-jailbreak-blocked`, `-type` and `-confidence`: what the stages decided, " +
        "as vLLM Semantic Router tells it. Unset: where `semantic_router` is the first of `observability.conventions`.",
    ),
  }),
});

export const stream = section("Streamed answers.", {
  commit_after: key(
    duration(),
    "Time for which status and first events are held back while no content has come, so that errors are HTTP errors and retries are free.",
    "5s",
  ),
  ping_interval: key(
    duration(),
    "Time between `: ping` comments on a stream that is silent (blank lines in Google's format); `off` sends none.",
    "15s",
  ),
  max_event_size: key(size(), "Largest single event that a provider may send.", "1MiB"),
});
