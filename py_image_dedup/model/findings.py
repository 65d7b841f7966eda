"""What is found by those who look after the index from outside: findings, good or bad, and what waits for a server."""

from dataclasses import dataclass
from enum import Enum


class Grade(Enum):
    """What a finding means for the next run."""

    FINE = "fine"
    ATTENTION = "attention"  # a run works, and somebody should look after this
    FAILING = "failing"  # a run would end with an error


@dataclass(frozen=True, slots=True)
class Finding:
    """The answer to one question. `sentence` says what is there, and what to do where that is not as it should be."""

    question: str
    grade: Grade
    sentence: str


@dataclass(frozen=True, slots=True)
class Backlog:
    """Changes that a search server has not acknowledged, and how long the oldest of them has waited."""

    changes: int = 0
    age_s: float = 0.0
