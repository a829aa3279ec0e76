# The gateway as an image: no root, no compiler, nothing to write but /data.
#   docker build -t laneway:local .
#   docker run -p 127.0.0.1:4600:4600 -v laneway-data:/data --read-only --tmpfs /tmp --env-file .env laneway:local
# Give NODE_IMAGE with a digest (node:…@sha256:…) where builds must not change by themselves.
ARG NODE_IMAGE=node:26.10.0-slim

FROM ${NODE_IMAGE} AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY src/package.json src/
RUN npm ci
COPY . .
# What runs is the package: the build with its libraries, and no second Node.
RUN npm run build && npm pack && tar -xzf laneway-*.tgz

FROM ${NODE_IMAGE} AS runtime
ENV NODE_ENV=production \
    LANEWAY_HOST=0.0.0.0 \
    LANEWAY_PORT=4600 \
    LANEWAY_CONFIG_DIR=/config \
    LANEWAY_DATA_DIR=/data
# A number, so that orchestrators can see that it is not root.
RUN install -d -o 10001 -g 10001 -m 0700 /data && install -d -m 0755 /config
COPY --from=build /app/package /app
WORKDIR /app
USER 10001:10001
VOLUME /data
EXPOSE 4600
# /health is the process; whether models answer is /ready, which must not make an orchestrator restart the gateway.
HEALTHCHECK --interval=30s --timeout=5s --start-period=15s --retries=3 \
    CMD ["node", "-e", "fetch('http://127.0.0.1:' + process.env.LANEWAY_PORT + '/health').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
# No npm in between: it would swallow the signal that asks for a drain of 30 s.
CMD ["node", "scripts/laneway.mjs"]
