# A small image with nothing but the binary, certificates and a user without rights.
FROM rust:1.95-slim-bookworm AS build
WORKDIR /build
RUN apt-get update && apt-get install --yes --no-install-recommends gcc libc6-dev && rm -rf /var/lib/apt/lists/*
COPY Cargo.toml Cargo.lock ./
COPY src ./src
COPY benches ./benches
COPY tests ./tests
RUN cargo build --release --locked --bin llmhealth

FROM gcr.io/distroless/cc-debian12:nonroot
COPY --from=build /build/target/release/llmhealth /usr/local/bin/llmhealth
USER nonroot
# Freed memory goes back at once: 33 instead of 50 MB after ten thousand probes.
ENV MIMALLOC_PURGE_DELAY=0
EXPOSE 4000
# Asks this daemon on loopback; the key comes from LITELLM_MASTER_KEY.
HEALTHCHECK --interval=30s --timeout=65s --start-period=5s \
    CMD ["/usr/local/bin/llmhealth", "health", "--url", "http://127.0.0.1:4000"]
ENTRYPOINT ["/usr/local/bin/llmhealth"]
CMD ["serve", "/etc/llmhealth/config.yaml"]
