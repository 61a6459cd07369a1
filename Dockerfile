# The gateway as an image: distroless, not root, nothing to write to.
#
#   docker build -t gateway .                                      compiles from source
#   docker build -t gateway --build-arg BINARY=ready .             takes build/gateway as it is
ARG BINARY=compiled

FROM docker.io/denoland/deno:2.9.6 AS compiled
WORKDIR /src
COPY deno.json deno.lock main.ts ./
COPY lib lib
COPY scripts scripts
RUN deno run -A scripts/compile.ts

FROM scratch AS ready
COPY build/gateway /src/build/gateway

FROM ${BINARY} AS binary

FROM gcr.io/distroless/cc-debian12:nonroot
COPY --from=binary /src/build/gateway /usr/local/bin/gateway
COPY config.yaml /etc/gateway/config.yaml
ENV CONFIG_PATH=/etc/gateway/config.yaml
EXPOSE 8080
USER 65532:65532
HEALTHCHECK --interval=10s --timeout=3s --start-period=5s CMD ["/usr/local/bin/gateway", "healthcheck"]
ENTRYPOINT ["/usr/local/bin/gateway"]
