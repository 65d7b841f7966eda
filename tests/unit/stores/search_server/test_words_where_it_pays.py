"""Few questions about many pictures whose words are not kept here go to the server; it is made ready once."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from py_image_dedup.model.images import ImageRecord
from py_image_dedup.stores.search_server import words_where_it_pays
from py_image_dedup.stores.search_server.words_where_it_pays import WordsWhereItPays
from tests.support.records import record

PICTURES = [record(f"/p/{number}.jpg") for number in range(40)]


@dataclass
class Search:
    """Answers each question with its own name."""

    name: str

    def best(self, questions: Iterable[Any], wanted: int) -> Iterator[Sequence[tuple[bytes, float]]]:
        return ([(self.name.encode(), float(question))][:wanted] for question in questions)

    def most(self, words: Any) -> float:
        return len(self.name)


@dataclass
class Opener:
    name: str
    opened: list[int] = field(default_factory=list)

    def __call__(self, records: Sequence[ImageRecord]) -> Search:
        self.opened.append(len(records))
        return Search(self.name)

    def __hash__(self) -> int:
        return hash(self.name)


@pytest.mark.parametrize(
    ("pictures", "questions", "kept", "where"),
    [
        (40, 4, False, "server"),
        (40, 4, True, "here"),
        (40, 5, False, "here"),
        (39, 1, False, "here"),
        (40, 0, False, "server"),
    ],
)
def test_few_questions_about_many_pictures_go_to_the_server(
    monkeypatch: pytest.MonkeyPatch, pictures: int, questions: int, kept: bool, where: str
) -> None:
    monkeypatch.setattr(words_where_it_pays, "LEAST_PICTURES", 40)
    monkeypatch.setattr(words_where_it_pays, "MOST_NEW_SHARE", 0.1)
    here, server = Opener("here"), Opener("server")

    search = WordsWhereItPays(here, server, lambda: kept)(PICTURES[:pictures])
    plain, mirrored = (list(search.best(range(first, first + questions), 40)) for first in (0, 100))  # type: ignore[arg-type]

    assert plain == [[(where.encode(), float(number))] for number in range(questions)]
    assert mirrored == [[(where.encode(), 100.0 + number)] for number in range(questions)]
    assert search.most([]) == len(where)  # type: ignore[arg-type]
    assert (here.opened, server.opened) == (([], [pictures]) if where == "server" else ([pictures], []))
