# syntax=docker/dockerfile:1
# The operator, and the command line. docs/reference/image.md says what is in it and how to build it.
# Both bases are named by tag here; a release pins them by digest (npm run release says how), so that the same commit
# stays the same image.

# the files are the same for every processor, so they are made on that of the builder
FROM --platform=$BUILDPLATFORM gcr.io/distroless/nodejs24-debian13:nonroot AS shipped-node

FROM --platform=$BUILDPLATFORM node:24-trixie-slim AS build
WORKDIR /source
COPY package.json package-lock.json ./
# no install script of a package runs
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY . .
# the Node of the final stage makes the files, so the list of materials names the one that will run them
COPY --from=shipped-node /nodejs/bin/node /nodejs/bin/node
ARG SOURCE_DATE_EPOCH=0
RUN SOURCE_DATE_EPOCH=$SOURCE_DATE_EPOCH /nodejs/bin/node scripts/image.ts --out /image

# glibc, libstdc++, certificates, time zones and Node 24; no shell, no package manager; user 65532
FROM gcr.io/distroless/nodejs24-debian13:nonroot
LABEL org.opencontainers.image.title="secretscope" \
      org.opencontainers.image.description="Kubernetes operator that syncs secrets from cloud secret managers into clusters" \
      org.opencontainers.image.licenses="Apache-2.0"
# one folder, /app: owned by root, written by nobody
COPY --from=build /image/ /
USER 65532:65532
WORKDIR /
ENTRYPOINT ["/nodejs/bin/node", "/app/secretscope.mjs"]
