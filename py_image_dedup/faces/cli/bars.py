"""A progress bar with rate and time left, for a terminal.

A module of its own, so that the library that draws is loaded only where somebody looks on.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, Task, TextColumn, TimeRemainingColumn
from rich.text import Text


class RateColumn(ProgressColumn):
    """Steps a second."""

    def render(self, task: Task) -> Text:
        """The current rate, empty while there is none."""
        return Text(f"{task.speed:,.0f}/s" if task.speed else "")


class DrawnBar:
    """A bar at the foot of the terminal; lines are printed above it."""

    def __init__(self) -> None:
        self._out = Console(highlight=False, soft_wrap=True, markup=False)
        self._progress = Progress(
            TextColumn("  "),
            BarColumn(),
            MofNCompleteColumn(),
            RateColumn(),
            TimeRemainingColumn(),
            console=Console(stderr=True),
            transient=True,
        )
        self._task = self._progress.add_task("", total=None, visible=False)

    @contextmanager
    def running(self) -> Iterator[None]:
        """Draw while inside."""
        with self._progress:
            yield

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Inside, nothing is drawn over what is asked."""
        self._progress.stop()
        try:
            yield
        finally:
            self._progress.start()

    def line(self, text: str) -> None:
        """Print a line."""
        self._out.print(text)

    def begins(self, items: int | None, *, visible: bool) -> None:
        """An empty bar."""
        self._progress.reset(self._task, total=items, visible=visible)

    def expects(self, items: int, *, visible: bool) -> None:
        """The bar gets its length, beyond where it is."""
        done = self._progress.tasks[self._task].completed
        self._progress.update(self._task, total=done + items, visible=visible)

    def advances(self, steps: int) -> None:
        """The bar grows."""
        self._progress.advance(self._task, steps)

    def ends(self) -> None:
        """The bar goes."""
        self._progress.update(self._task, visible=False)
