"""The null twins of the ports `Listener` and `Confirm`."""

from py_image_dedup.model.files import Walk
from py_image_dedup.model.images import Analysed
from py_image_dedup.model.outcomes import Outcome


class Silence:
    """Hears everything and does nothing."""

    def phase_started(self, number: int, total: int, title: str, items: int | None) -> None:
        """Nothing."""

    def expected(self, items: int) -> None:
        """Nothing."""

    def advanced(self, steps: int = 1) -> None:
        """Nothing."""

    def noted(self, text: str) -> None:
        """Nothing."""

    def phase_finished(self, number: int, seconds: float) -> None:
        """Nothing."""

    def walked(self, walk: Walk) -> None:
        """Nothing."""

    def file_analysed(self, result: Analysed) -> None:
        """Nothing."""

    def file_took(self, seconds: float) -> None:
        """Nothing."""

    def searched(self, contents: int, seconds: float) -> None:
        """Nothing."""

    def disposed(self, outcome: Outcome) -> None:
        """Nothing."""


def nobody(_: str) -> bool:
    """The null twin of the port `Confirm`: no person is there, so the answer is no."""
    return False
