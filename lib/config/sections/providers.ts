import {
  boolean,
  booleanOrAuto,
  choice,
  duration,
  integer,
  positive,
  proxy,
  ratio,
  secret,
  text,
  url,
} from "../kinds.ts";
import { key, list, map, optional, optionalSection, required, section } from "../node.ts";
import { PROVIDER_TYPES } from "../provider_types.ts";
import { ownDropParams } from "./drop_params.ts";
import { healthCheck } from "./health_check.ts";
import { ownTimeouts } from "./timeouts.ts";

export const providers = map(
  "Who answers. The name is yours: models, metrics, logs and spans use it.",
  "name",
  section("One provider.", {
    type: required(
      choice(PROVIDER_TYPES),
      "What it is: which API it speaks, its default URL and how it takes a key.",
    ),
    enabled: key(boolean(), "`false` switches it off.", true),
    base_url: optional(
      url(),
      "Where its API is, such as `http://localhost:11434/v1`. Unset: the type's own.",
    ),
    api_version: optional(
      text("a version"),
      "Azure's API version. A date such as `2024-10-21` asks for the API of deployments, " +
        "`/openai/deployments/NAME/…`; unset or `preview` for the newer one, `/openai/v1`.",
    ),
    api_key: optional(
      secret(),
      "Its key. Where it is a variable that is not set, the provider is skipped and the gateway starts without it.",
    ),
    key_header: optional(
      choice(["authorization", "x-api-key", "api-key", "x-goog-api-key"]),
      "The header that carries the key, in `authorization` as a bearer token. Unset: the type's own. For Azure " +
        "`authorization` makes a token of Entra of the key, such as `${file:/run/secrets/entra-token}`.",
    ),
    api_keys: list(
      "Several keys in place of `api_key`. Each request gets one of them; one that is refused (401, 402, 403) or has " +
        "reached its limit (429) rests, and the request takes another at once.",
      section("One key.", {
        key: required(secret(), "The key."),
        weight: key(
          integer(0),
          "Its share of the requests, relative to the other keys; 0 takes part only while the others rest.",
          1,
        ),
      }),
    ),
    oauth: optionalSection(
      "Bearer tokens by OAuth 2.0's client credentials, in place of a key; Microsoft Entra among others. They are " +
        "renewed before they expire, and once when the provider refuses one. The token endpoint is reached as the " +
        "provider itself is, by `proxy` and `ca_file`.",
      {
        token_url: required(
          url(),
          "The token endpoint, such as `https://login.microsoftonline.com/TENANT/oauth2/v2.0/token`.",
        ),
        client_id: required(text(), "Who the gateway is."),
        client_secret: required(secret(), "What proves it."),
        client_auth: key(
          choice(["client_secret_post", "client_secret_basic"]),
          "Where the secret goes: into the form, or into `Authorization: Basic`.",
          "client_secret_post",
        ),
        scope: optional(text(), "Such as `https://cognitiveservices.azure.com/.default`."),
        audience: optional(text(), "For an issuer that asks for it."),
        resource: optional(text(), "For an issuer that asks for it (RFC 8707)."),
      },
    ),
    google_credentials: optional(
      secret(),
      "The text of a Google service account's key file, such as `${file:/run/secrets/account.json}`: tokens are got " +
        "with it, in place of a key.",
    ),
    region: optional(
      text("a region"),
      "AWS's region, such as `eu-central-1`: of the URL where none is given, and of signatures. Unset: `AWS_REGION`.",
    ),
    aws: optionalSection(
      "Keys of AWS that sign the requests of type bedrock, in place of a key. Without it, and without a key, they are " +
        "looked for in the environment (`AWS_BEARER_TOKEN_BEDROCK`, `AWS_ACCESS_KEY_ID`), in the shared credentials " +
        "file and at the endpoint of the container. Temporary ones are renewed before they expire.",
      {
        access_key_id: optional(secret(), "With `secret_access_key`: the keys themselves."),
        secret_access_key: optional(secret(), "Its secret."),
        session_token: optional(secret(), "Of temporary keys."),
        profile: optional(
          text(),
          "The profile of the shared credentials file. Unset: `AWS_PROFILE`, or `default`.",
        ),
        instance_metadata: key(
          boolean(),
          "Whether the metadata service of an EC2 instance may be asked, by its version 2.",
          false,
        ),
      },
    ),
    auth: key(
      choice(["configured", "passthrough"]),
      "`configured`: with the credentials that stand here. `passthrough`: with the key that the client sends.",
      "configured",
    ),
    headers: map(
      "Headers to send along with each request.",
      "header",
      required(secret(), "The header's value."),
    ),
    timeouts: ownTimeouts("Time-outs of this provider, in place of the general ones."),
    drop_params: ownDropParams("the general `drop_params`"),
    proxy: optional(
      proxy(),
      "Proxy to reach it through; `none` for no proxy. Unset: `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY` decide.",
    ),
    ca_file: optional(
      text("a path"),
      "PEM file with certificate authorities to trust besides the system's. Unset: `SSL_CERT_FILE`, if that is set.",
    ),
    baggage: key(boolean(), "Whether it gets the `baggage` that callers send.", false),
    dns_ttl: key(
      duration(),
      "How long the addresses of its host count. Then they are looked up again, and connections to those that have " +
        "gone are given up once nobody uses them. `off`: each connection looks them up, and none is given up.",
      "30s",
    ),
    addresses: key(
      choice(["any", "public"]),
      "Addresses that its host may have, looked at whenever it is resolved. `public`: those of the internet, so that " +
        "a name that leads into the own network gets no request and no key. `any`: all but those where clouds tell " +
        "machines their credentials. A proxy's are its own business.",
      "any",
    ),
    http2: key(
      booleanOrAuto(),
      "Speak HTTP/2 with it: many requests share a connection. It has to speak that itself, by TLS (ALPN) or, at an " +
        "`http://` URL, without being asked. `auto`: as the provider chooses by TLS, else HTTP/1.1.",
      false,
    ),
    health_check: healthCheck,
    max_connections: key(integer(1), "Requests at a time that it gets.", 1024),
    max_queue: key(integer(0), "Requests that may wait for one of these; above it 503.", 1024),
    mock: section("How the built-in provider behaves; for `type: mock` alone.", {
      latency: key(duration(), "Time before the status of any answer.", "off"),
      ttft: key(duration(), "Time before the first token of a stream.", "off"),
      tokens_per_second: key(positive(), "Pace of a stream; 0 is as fast as it can.", 0),
      error_rate: key(ratio(), "Share of the requests that fail.", 0),
      error_status: key(integer(400, 599), "Status of these failures.", 500),
      tokens: optional(integer(0), "Length of every answer. Unset: whatever it takes."),
      stall_after: optional(integer(0), "Nothing more comes after so many tokens of a stream."),
      disconnect_after: optional(integer(0), "The connection is cut after so many tokens of a stream."),
    }),
  }),
);
