# Doorward's image: Node, the production dependencies of the lock file, and the compiled code; nothing else.
#
#   docker build -t doorward .                  the image to run
#   docker build -t doorward-demo --target demo .   sign-in pages and an app to try it with, never for production
#
# The tag names one release of Node. Who wants the very same bytes at each build names their digest, which
# `docker buildx imagetools inspect node:22.23.3-bookworm-slim` prints:
#   docker build --build-arg NODE_IMAGE=node:22.23.3-bookworm-slim@sha256:… -t doorward .
ARG NODE_IMAGE=node:22.23.3-bookworm-slim

# Only what decides about dependencies, so that a change of the code does not install them again. No scripts of
# packages are run: none is needed, and whoever takes over a package cannot run theirs here.
FROM ${NODE_IMAGE} AS dependencies
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --ignore-scripts

FROM ${NODE_IMAGE} AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts
COPY tsconfig.json ./
COPY src src
RUN npm run build

# What docker-compose.demo.yml adds: the orgs and the app of `npm run demo`, each as a container of its own.
FROM build AS demo
COPY deploy/demo deploy/demo
COPY test/fixtures/listen.ts test/fixtures/okta.ts test/fixtures/
COPY test/fixtures/okta test/fixtures/okta
USER 65532:65532
ENTRYPOINT ["node", "--import", "tsx"]

FROM ${NODE_IMAGE} AS doorward
ENV NODE_ENV=production
ENV DOORWARD_CONFIG=/etc/doorward/doorward.yaml
WORKDIR /app
# The code in dist has its packages within it, all but undici and the YAML parser. They are here as they are published: for
# those two, for their licences, and for scanners of vulnerabilities.
COPY --from=dependencies /app/node_modules node_modules
COPY --from=build /app/dist dist
# For its version and for saying that the code is made of modules.
COPY package.json ./

# A number, so that Kubernetes can see that it is not root. It owns no file: the file system may be read-only.
USER 65532:65532
EXPOSE 8080 9090

# Node is process 1 and handles SIGTERM itself: it drains, finishes requests and exits with 0. Its only
# children are those of server.workers: it passes signals on to them and waits for them, so no init is needed.
STOPSIGNAL SIGTERM

# Whether new requests are welcome. Who restarts containers that are not healthy (Swarm does) wants
# DOORWARD_HEALTH_URL=http://127.0.0.1:9090/livez, for a restart does not bring a lost Redis back.
ENV DOORWARD_HEALTH_URL=http://127.0.0.1:9090/readyz
HEALTHCHECK --interval=10s --timeout=5s --start-period=15s --retries=3 \
  CMD ["node", "-e", "fetch(process.env.DOORWARD_HEALTH_URL, { signal: AbortSignal.timeout(4000) }).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]

ENTRYPOINT ["node", "/app/dist/main.js"]
CMD ["serve"]
