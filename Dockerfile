# TestFarm's images: `--target app` runs any role, `--target web` serves the page.
ARG NODE_IMAGE=node:24-trixie-slim
# The proxy of the Docker host: one image to keep up to date.
ARG WEB_IMAGE=caddy:2.11.9-alpine

# What the roles import. What embedded mode adds is optional, what builds the page is for development.
FROM ${NODE_IMAGE} AS modules
ARG NPM_CONFIG_REGISTRY
WORKDIR /src
COPY package.json package-lock.json .npmrc ./
COPY app/package.json app/
# Without the infrastructure's packages, of which `npm ci --workspace app` would install some. The lock file holds.
RUN npm pkg delete dependencies peerDependencies peerDependenciesMeta \
    $(npm pkg get devDependencies | grep -oE '@(pulumi|pulumiverse|ediri)/[a-z-]+' | sed 's/.*/devDependencies[&]/') \
  && npm install --omit dev --omit optional --ignore-scripts \
  && rm node_modules/testfarm-app \
  # Those of another version than the infrastructure's are there.
  && mkdir -p app/node_modules

FROM modules AS build
ARG NPM_CONFIG_REGISTRY
RUN npm install --ignore-scripts
COPY tsconfig.json tsconfig.build.json ./
COPY app app
RUN npx tsc -p tsconfig.build.json && npm run build --workspace app && cp -r app/db/migrations app/db/authorities dist/app/db/

FROM ${NODE_IMAGE} AS app
RUN apt-get update \
  && apt-get install -y --no-install-recommends chromium fonts-liberation postgresql-client-17 tini \
  && rm -rf /var/lib/apt/lists/* \
  && useradd --uid 10001 --user-group --no-create-home --shell /usr/sbin/nologin testfarm \
  && install -d -o testfarm -g testfarm /srv/storage /srv/backup
WORKDIR /srv/app
COPY app/package.json ./
COPY --from=modules /src/node_modules node_modules
COPY --from=build /src/dist/app dist/app
COPY --from=modules /src/app/node_modules dist/app/node_modules
ENV NODE_ENV=production PLAYWRIGHT_CHROMIUM_EXECUTABLE_PATH=/usr/bin/chromium \
  POSTGRES_PROGRAMS=/usr/lib/postgresql/17/bin
USER testfarm
EXPOSE 3001
ENTRYPOINT ["tini", "--", "node", "dist/app/main.js"]
CMD ["api"]

FROM ${WEB_IMAGE} AS web
# Its capability for ports below 1024 would keep it from starting where all capabilities are dropped.
RUN setcap -r /usr/bin/caddy
COPY app/web/Caddyfile /etc/caddy/Caddyfile
COPY --from=build /src/dist/web /srv/page
ENV XDG_CONFIG_HOME=/tmp XDG_DATA_HOME=/tmp
USER 10001:10001
EXPOSE 8080
