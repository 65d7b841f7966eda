"""The server searches for few new pictures in a large library; everything else is searched here."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from py_image_dedup.model.images import ImageRecord
from py_image_dedup.model.matches import Candidate
from py_image_dedup.stores.search_server import candidates
from py_image_dedup.stores.search_server.candidates import CandidatesWhereItPays


@dataclass
class Index:
    method: str = "m"
    asked: int = 0
    exact: Any = field(default=None)

    def candidates(self, new: Sequence[ImageRecord], all_: Sequence[ImageRecord]) -> Iterator[Candidate]:
        self.asked += 1
        return iter(())


@pytest.mark.parametrize(
    ("new", "all_", "on_server"), [(1, 99, False), (1, 100, True), (10, 100, True), (11, 100, False), (100, 100, False)]
)
def test_who_is_asked(monkeypatch: pytest.MonkeyPatch, new: int, all_: int, on_server: bool) -> None:
    monkeypatch.setattr(candidates, "LEAST_PICTURES", 100)
    monkeypatch.setattr(candidates, "MOST_NEW_SHARE", 0.1)
    local = Index()
    server = Index(exact=local)
    index = CandidatesWhereItPays(server)  # type: ignore[arg-type]

    list(index.candidates([None] * new, [None] * all_))  # type: ignore[list-item]

    assert (server.asked, local.asked) == ((1, 0) if on_server else (0, 1))
    assert index.method == "m"
