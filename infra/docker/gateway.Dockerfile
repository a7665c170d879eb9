# The gateway, and everything else that runs without torch: ingest workers, the reconciler, migrations, photochrom-admin.
#
#   docker build -f infra/docker/gateway.Dockerfile -t photochrom/gateway .

# The Python and Debian that the tests run on.
FROM python:3.11.14-slim-bookworm AS packages
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python -m venv /opt/photochrom
WORKDIR /build
# Without the code, so that only a change of the dependencies installs them again.
COPY LICENSE MANIFEST.in pyproject.toml ./
COPY client/photochrom/_version.py client/photochrom/
RUN /opt/photochrom/bin/pip install '.[gateway]'
COPY infra/docker/licenses.py ./
RUN /opt/photochrom/bin/python licenses.py > /opt/photochrom/THIRD-PARTY-LICENSES \
    && /opt/photochrom/bin/pip uninstall --yes pip setuptools
WORKDIR /app
COPY LICENSE ./
COPY infra infra
COPY migrations migrations
COPY shared shared
COPY worker worker
COPY api api
COPY models/*.json models/
RUN python -m compileall -q --invalidation-mode unchecked-hash .

# The Node of infra/page/node.py. Only its build gets into the image.
FROM node:24.19.0-bookworm-slim AS page
WORKDIR /web
COPY web/.npmrc web/package.json web/package-lock.json ./
RUN npm ci --ignore-scripts
COPY web ./
RUN npm run build

FROM python:3.11.14-slim-bookworm
ARG VERSION=unknown
ARG REVISION=unknown
LABEL org.opencontainers.image.title="Photochrom gateway" \
      org.opencontainers.image.description="HTTP API, ingest, reconciler and migrations of Photochrom" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="$VERSION" \
      org.opencontainers.image.revision="$REVISION"
# As in the embedded stack: few arenas, and large blocks return to the system at once.
ENV PATH=/opt/photochrom/bin:$PATH \
    PYTHONPATH=/app \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    MALLOC_ARENA_MAX=2 \
    MALLOC_MMAP_THRESHOLD_=4194304
COPY --from=packages /opt/photochrom /opt/photochrom
COPY --from=packages /app /app
COPY --from=page /web/dist /app/web/dist
COPY --from=page /web/dist/.vite/license.md /opt/photochrom/THIRD-PARTY-LICENSES-OF-THE-PAGE
WORKDIR /app
USER 10001:10001
EXPOSE 8000
CMD ["python", "-m", "api"]
