# The chat server with its page, on port 3000.  Keeps nothing on disk: a read-only root is fine.

FROM debian:bookworm-slim AS build
RUN apt-get update \
    && apt-get install -y --no-install-recommends gcc libc6-dev cmake ninja-build pkg-config \
        libwebsockets-dev libwebsockets-evlib-uv libuv1-dev libjansson-dev uthash-dev zlib1g-dev libssl-dev \
        ca-certificates nodejs npm \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY web/package.json web/package-lock.json web/
RUN cd web && npm ci --no-audit --no-fund
COPY CMakeLists.txt CMakePresets.json ./
COPY protocol protocol
COPY rooms rooms
COPY server server
COPY web/public web/public
RUN cmake --preset release -DSIO_BUILD_TESTS=OFF \
    && cmake --build --preset release --target parley \
    && cmake --install build/release --prefix /out --component parley

FROM debian:bookworm-slim
RUN apt-get update \
    && apt-get install -y --no-install-recommends libwebsockets17 libwebsockets-evlib-uv libuv1 libjansson4 zlib1g libssl3 \
    && rm -rf /var/lib/apt/lists/*
COPY --from=build /out /usr/local
USER 10001:10001
EXPOSE 3000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=5s CMD ["parley", "--check-health", "--port", "3000"]
ENTRYPOINT ["parley"]
CMD ["--port", "3000"]
