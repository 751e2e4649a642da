# Builds with all dependencies, ships with those of production only.
FROM node:22-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci
COPY tsconfig.json ./
COPY src src
RUN npm run build && npm prune --omit=dev

FROM node:22-bookworm-slim
WORKDIR /app
ENV NODE_ENV=production
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/dist dist
USER 1000:1000
EXPOSE 8080
# Node is process 1: it handles SIGTERM itself, and starts no children.
ENTRYPOINT ["node", "dist/main.js"]
CMD ["serve", "--config", "/etc/doorward/doorward.yaml"]
