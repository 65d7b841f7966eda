"""The error tree. A failure of one file is a value (see `outcomes`); what stops a run is one of these.

DedupError            1   anything foreseen that ends the run
  SettingsError       2   a setting or an argument is wrong; carries every problem found
  MissingExtra        2   an optional package is needed; says how to install it
  RefusedForSafety    4   going on could lose something
  StoreUnavailable    5   the index cannot be used ("no answer" is never "no match")
  LockHeld            6   another run is at work on the same state
  Stopped           130   the user asked to stop
"""

from collections.abc import Sequence


class DedupError(Exception):
    """Ends the run with one sentence: what (path or key), why, what to do."""

    exit_status = 1


class SettingsError(DedupError):
    """One or more settings cannot be used. `problems` holds a sentence for each."""

    exit_status = 2

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))


class MissingExtra(DedupError):
    """An optional package is not installed."""

    exit_status = 2

    def __init__(self, purpose: str, extra: str) -> None:
        super().__init__(f"{purpose} needs an optional package; install it with: pip install 'py-image-dedup[{extra}]'")


class RefusedForSafety(DedupError):
    """The act is not carried out because it could lose something."""

    exit_status = 4


class StoreUnavailable(DedupError):
    """The index did not give a complete answer."""

    exit_status = 5


class LockHeld(DedupError):
    """Another run works on the same state."""

    exit_status = 6


class Stopped(DedupError):
    """The user asked to stop; everything finished so far is kept."""

    exit_status = 130
