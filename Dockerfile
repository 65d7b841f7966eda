# py-image-dedup as a container: `docker build -t py-image-dedup .`
# BASE is any Debian or Ubuntu with Python 3.11 or newer; EXTRAS names optional formats, for example "heif,raw".
ARG BASE=python:3.13-slim

FROM ${BASE} AS build
ARG EXTRAS=""
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /src
RUN python3 -m venv /opt/py-image-dedup
COPY pyproject.toml setup.py README.md LICENSE requirements-test.lock ./
COPY py_image_dedup ./py_image_dedup
RUN /opt/py-image-dedup/bin/pip install --constraint requirements-test.lock ".${EXTRAS:+[${EXTRAS}]}" \
 && /opt/py-image-dedup/bin/pip uninstall --yes pip

FROM ${BASE}
ENV PATH=/opt/py-image-dedup/bin:${PATH} \
    HOME=/app \
    PUID=1000 \
    PGID=1000 \
    PYTHONUNBUFFERED=1 \
    PY_IMAGE_DEDUP_STATE_DIRECTORY=/state \
    PY_IMAGE_DEDUP_STATS_BIND=0.0.0.0
COPY --from=build /opt/py-image-dedup /opt/py-image-dedup
COPY docker/entrypoint.sh /usr/local/bin/entrypoint
RUN mkdir -p /app /state /mnt/source /mnt/duplicates \
 && chown 1000:1000 /app /state /mnt/duplicates \
 && chmod 0755 /usr/local/bin/entrypoint
WORKDIR /app
VOLUME /state
EXPOSE 8000
STOPSIGNAL SIGTERM
ENTRYPOINT ["entrypoint", "py-image-dedup"]
CMD ["daemon"]
