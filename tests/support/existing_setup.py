"""A compose file as users of the earlier versions have it, with the names that those versions read."""

from typing import Any

from ruamel.yaml import YAML

TEXT = """
version: "2"
services:
  elasticsearch:
    image: docker.elastic.co/elasticsearch/elasticsearch:8.19.3
    environment:
      - discovery.type=single-node
      - "ES_JAVA_OPTS=-Xms512m -Xmx512m"
    restart: unless-stopped
  py-image-dedup:
    image: py-image-dedup
    depends_on:
      - elasticsearch
    environment:
      - PUID=1000
      - PGID=1000
      - PY_IMAGE_DEDUP_DRY_RUN=False
      - PY_IMAGE_DEDUP_ELASTICSEARCH_HOST=elasticsearch
      - PY_IMAGE_DEDUP_ELASTICSEARCH_PORT=9200
      - PY_IMAGE_DEDUP_ELASTICSEARCH_INDEX=images
      - PY_IMAGE_DEDUP_ELASTICSEARCH_AUTO_CREATE_INDEX=True
      - PY_IMAGE_DEDUP_ELASTICSEARCH_MAX_DISTANCE=0.1
      - PY_IMAGE_DEDUP_ANALYSIS_USE_EXIF_DATA=True
      - PY_IMAGE_DEDUP_ANALYSIS_SOURCE_DIRECTORIES=/mnt/source
      - PY_IMAGE_DEDUP_ANALYSIS_RECURSIVE=True
      - PY_IMAGE_DEDUP_ANALYSIS_ACROSS_DIRS=True
      - PY_IMAGE_DEDUP_ANALYSIS_FILE_EXTENSIONS=.png,.jpg,.jpeg
      - PY_IMAGE_DEDUP_ANALYSIS_THREADS=1
      - PY_IMAGE_DEDUP_ANALYSIS_EXCLUSIONS=
      - PY_IMAGE_DEDUP_DEDUPLICATION_DUPLICATES_TARGET_DIRECTORY=/mnt/duplicates
      - PY_IMAGE_DEDUP_REMOVE_EMPTY_FOLDERS=False
      - PY_IMAGE_DEDUP_DAEMON_PROCESSING_TIMEOUT=30s
      - PY_IMAGE_DEDUP_DAEMON_FILE_OBSERVER=polling
      - PY_IMAGE_DEDUP_STATS_ENABLED=True
      - PY_IMAGE_DEDUP_STATS_PORT=8000
    ports:
      - "8000:8000"
    volumes:
      - /home/pictures:/mnt/source
      - /home/duplicates:/mnt/duplicates
    restart: unless-stopped
"""
COMPOSE: dict[str, Any] = YAML(typ="safe", pure=True).load(TEXT)


def environment_of(compose: dict[str, Any], service: str) -> dict[str, str]:
    """The variables of a service, from a map or from a list of `NAME=value`."""
    given = compose["services"][service]["environment"]
    pairs = given.items() if isinstance(given, dict) else (line.split("=", 1) for line in given)
    return {name: str(value) for name, value in pairs}
