"""What `doctor` says of an index whose searches could be quicker; without a server: a million documents take long."""

from typing import Any, cast

import pytest

from py_image_dedup.model.errors import StoreUnavailable
from py_image_dedup.model.findings import Finding, Grade
from py_image_dedup.stores.search_server.examination import Examination
from py_image_dedup.stores.search_server.server import SearchServer


class Counting:
    """A server that tells only how many documents and segments its index has."""

    kind = "opensearch"

    def __init__(self, documents: int, segments: int) -> None:
        self._primaries = {"docs": {"count": documents}, "segments": {"count": segments}}

    def aliases(self, name: str) -> list[str]:
        return [f"{name}-v1"]

    def ask(self, method: str, path: str, *_: Any) -> Any:
        if "_stats" not in path:
            raise StoreUnavailable("asked for something else")
        return {"indices": {"images-v1": {"primaries": self._primaries}}}

    def mapping(self, index: str) -> None:
        return None

    def health(self, index: str = "") -> dict[str, Any]:
        return {"status": "green", "unassigned_shards": 0}


class Refusing(Counting):
    def ask(self, method: str, path: str, *_: Any) -> Any:
        raise StoreUnavailable("access was refused")


def segments_of(server: Counting) -> Finding:
    examination = Examination(cast("SearchServer", server), "images", create=True)
    return next(finding for finding in examination.findings() if finding.question == "segments")


@pytest.mark.parametrize(
    ("documents", "segments", "hints"), [(1_000_000, 9, True), (1_000_000, 3, False), (999_999, 30, False)]
)
def test_many_segments_of_a_large_index_are_told_with_what_merges_them(
    documents: int, segments: int, hints: bool
) -> None:
    found = segments_of(Counting(documents, segments))

    assert found.grade is Grade.FINE
    assert ("POST /images-v1/_forcemerge?max_num_segments=1" in found.sentence) is hints
    assert f"{documents:,} documents in {segments}" in found.sentence


def test_a_user_who_may_not_see_them_is_not_in_trouble() -> None:
    found = segments_of(Refusing(1, 1))

    assert found.grade is Grade.FINE
    assert "could not be counted, which no run needs" in found.sentence
