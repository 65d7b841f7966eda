"""What an examination of the index found: one finding a question, good or bad."""

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
