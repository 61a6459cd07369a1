# The gateway as an image: distroless, not root, nothing to write to but a volume at /data, where one is mounted.
#
#   docker build -t gateway .                    compiles from source
#   docker build -t gateway --target ready .     takes build/gateway as it is (`deno task compile`), and build/sbom.cdx.json
#                                                (`deno task sbom`) beside it
#
#   docker run --read-only --cap-drop=ALL -p 8080:8080 -v ./config.yaml:/etc/gateway/config.yaml:ro gateway
#   … -v conversations:/data …                   with `conversations: { path: /data/conversations.db }`

FROM docker.io/denoland/deno:2.9.6 AS build
WORKDIR /src
COPY deno.json deno.lock main.ts ./
COPY lib lib
COPY scripts scripts
RUN deno run -A scripts/compile.ts

FROM gcr.io/distroless/cc-debian12:nonroot AS empty

FROM gcr.io/distroless/cc-debian12:nonroot AS base
COPY config.yaml /etc/gateway/config.yaml
# An empty directory of the user's own: a new volume takes its owner over.
COPY --from=empty --chown=65532:65532 /tmp /data
ENV CONFIG_PATH=/etc/gateway/config.yaml
ENV MALLOC_ARENA_MAX=2
EXPOSE 8080
USER 65532:65532
HEALTHCHECK --interval=10s --timeout=3s --start-period=5s CMD ["/usr/local/bin/gateway", "healthcheck"]
ENTRYPOINT ["/usr/local/bin/gateway"]

FROM base AS ready
COPY build/gateway /usr/local/bin/gateway
COPY build/sbom.cdx.json /usr/local/share/gateway/sbom.cdx.json

FROM base
COPY --from=build /src/build/gateway /usr/local/bin/gateway
