# Workers that colorize. For CPUs, or with an empty TORCH_INDEX for NVIDIA GPUs, whose build of torch is on PyPI:
#
#   docker build -f infra/docker/worker.Dockerfile -t photochrom/worker:cpu .
#   docker build -f infra/docker/worker.Dockerfile -t photochrom/worker:cuda --build-arg TORCH_INDEX= .

# The Python and Debian that the tests run on.
FROM python:3.11.14-slim-bookworm AS packages
ARG TORCH_INDEX=https://download.pytorch.org/whl/cpu
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python -m venv /opt/photochrom
WORKDIR /build
# Without the code, so that only a change of the dependencies installs them again.
COPY LICENSE MANIFEST.in pyproject.toml ./
COPY client/photochrom/_version.py client/photochrom/
RUN /opt/photochrom/bin/pip install ${TORCH_INDEX:+--extra-index-url "$TORCH_INDEX"} '.[worker]'
COPY infra/docker/licenses.py ./
RUN /opt/photochrom/bin/python licenses.py > /opt/photochrom/THIRD-PARTY-LICENSES \
    && /opt/photochrom/bin/pip uninstall --yes pip
WORKDIR /app
COPY LICENSE ./
COPY infra infra
COPY migrations migrations
COPY shared shared
COPY worker worker
COPY models/*.json models/*.safetensors models/
RUN python -m compileall -q --invalidation-mode unchecked-hash .

FROM python:3.11.14-slim-bookworm
ARG VERSION=unknown
ARG REVISION=unknown
LABEL org.opencontainers.image.title="Photochrom worker" \
      org.opencontainers.image.description="Colorizes the pictures of Photochrom's jobs" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="$VERSION" \
      org.opencontainers.image.revision="$REVISION"
ENV PATH=/opt/photochrom/bin:$PATH \
    PYTHONPATH=/app \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    MALLOC_ARENA_MAX=2 \
    NVIDIA_DRIVER_CAPABILITIES=compute,utility
COPY --from=packages /opt/photochrom /opt/photochrom
COPY --from=packages /app /app
WORKDIR /app
USER 10001:10001
ENTRYPOINT ["python", "-m", "worker"]
CMD ["--role", "bulk"]
