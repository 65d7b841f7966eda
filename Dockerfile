# py-image-dedup as a container: `docker build -t py-image-dedup .`
# BASE is any Debian or Ubuntu with Python 3.11 or newer; EXTRAS names the optional parts, "elasticsearch,heif,raw" say.
# Every dependency comes as a wheel for amd64 and arm64: nothing is compiled.
ARG BASE=python:3.13-slim

# hadolint ignore=DL3006
FROM ${BASE} AS build
ARG EXTRAS="elasticsearch,heif"
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /src
RUN python3 -m venv /opt/py-image-dedup
COPY pyproject.toml setup.py README.md LICENSE requirements-test.lock ./
COPY py_image_dedup ./py_image_dedup
RUN /opt/py-image-dedup/bin/pip install --only-binary :all: --constraint requirements-test.lock \
        ".${EXTRAS:+[${EXTRAS}]}" \
 && /opt/py-image-dedup/bin/pip uninstall --yes pip

# hadolint ignore=DL3006
FROM ${BASE}
# tini reaps what a notification command leaves behind; ExifTool moves metadata (deduplication.merge_metadata), and with
# the Perl that it needs takes 72 MB, which `--build-arg METADATA=` saves. Any version will do, so none is pinned.
ARG METADATA="libimage-exiftool-perl"
# hadolint ignore=DL3008,SC2086
RUN apt-get update \
 && apt-get install --yes --no-install-recommends tini ${METADATA} \
 && rm -rf /var/lib/apt/lists/*
ENV PATH=/opt/py-image-dedup/bin:${PATH} \
    HOME=/app \
    PUID=1000 \
    PGID=1000 \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    PY_IMAGE_DEDUP_STATE_DIRECTORY=/state \
    PY_IMAGE_DEDUP_STATS_BIND=0.0.0.0
COPY --from=build /opt/py-image-dedup /opt/py-image-dedup
COPY --chmod=0755 docker/entrypoint.sh /usr/local/bin/entrypoint
# Whoever --user names may write to the state and to the target; nobody gets more rights than he came with.
RUN mkdir -p /app /state /mnt/source /mnt/duplicates \
 && chmod 1777 /state /mnt/duplicates \
 && find / -xdev -type f -perm /6000 -exec chmod a-s {} +
WORKDIR /app
VOLUME /state
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=60s --timeout=10s --start-period=60s \
    CMD ["python", "-m", "py_image_dedup.faces.daemon.healthcheck"]
ENTRYPOINT ["entrypoint", "tini", "-g", "--", "py-image-dedup"]
CMD ["daemon"]
