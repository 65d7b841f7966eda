"""Several listeners as one: whatever is heard is told to all, and each time is a sign of life of the loop."""

from py_image_dedup.faces.daemon.digest import digest_of
from py_image_dedup.faces.daemon.health import Health, Problem
from py_image_dedup.faces.daemon.loop import BEAT
from py_image_dedup.faces.daemon.messenger import Messenger
from py_image_dedup.faces.daemon.news import News, is_worth_telling
from py_image_dedup.faces.daemon.settle import Settled
from py_image_dedup.faces.daemon.voice import Voice
from py_image_dedup.faces.metrics import Metrics
from py_image_dedup.model.files import Walk
from py_image_dedup.model.images import Analysed
from py_image_dedup.model.outcomes import Outcome, RunReport


class Chorus:
    """The listener of runs, of the loop and of the watching. File events come from other threads."""

    def __init__(self, metrics: Metrics, voice: Voice, health: Health, messenger: Messenger) -> None:
        self._metrics = metrics
        self._voice = voice
        self._health = health
        self._messenger = messenger
        self._news = News()
        self.is_running = False
        self.has_finished_a_run = False
        self.has_finished_an_act = False  # only a run that may act makes a journal
        self.acts_to_count = False  # set by a run that did something, cleared by who counts what lies in the quarantine

    def phase_started(self, number: int, total: int, title: str, items: int | None) -> None:
        """A phase begins."""
        self._health.beat(BEAT)
        self._voice.phase_started(number, total, title, items)

    def expected(self, items: int) -> None:  # noqa: ARG002 - nobody here draws a bar
        """How many steps became known."""
        self._health.beat(BEAT)

    def advanced(self, steps: int = 1) -> None:  # noqa: ARG002 - nobody here draws a bar
        """Steps were done."""
        self._health.beat(BEAT)

    def noted(self, text: str) -> None:
        """A sentence for the user."""
        self._voice.noted(text)

    def phase_finished(self, number: int, seconds: float) -> None:
        """A phase has ended."""
        self._health.beat(BEAT)
        self._metrics.phase_finished(number, seconds)

    def walked(self, walk: Walk) -> None:
        """What there is became known."""
        self._health.beat(BEAT)
        self._metrics.walked(walk)

    def file_analysed(self, result: Analysed) -> None:
        """One file was read."""
        self._metrics.file_analysed(result)

    def file_took(self, seconds: float) -> None:
        """How long its worker needed."""
        self._metrics.file_took(seconds)

    def searched(self, contents: int, seconds: float) -> None:
        """New contents were searched."""
        self._metrics.searched(contents, seconds)

    def disposed(self, outcome: Outcome) -> None:
        """One removal has ended."""
        self._health.beat(BEAT)
        self._metrics.disposed(outcome)

    def run_started(self, why: Settled) -> None:
        """A run begins."""
        self.is_running = True
        self._metrics.run_started()
        self._voice.run_started(why)

    def run_finished(self, report: RunReport) -> None:
        """A run has ended well."""
        self.is_running = False
        self.has_finished_a_run = True
        self.has_finished_an_act |= not report.dry_run
        self.acts_to_count |= bool(report.outcomes)
        news = self._news.of(report)
        self._voice.run_finished(report, news)
        if is_worth_telling(news):
            self._messenger.tell(digest_of(report))
        self._metrics.run_finished(report)  # last: who sees it idle finds the log complete

    def run_failed(self, error: Exception) -> None:  # noqa: ARG002 - its sentence is a problem of the health
        """A run could not be finished."""
        self.is_running = False
        self._metrics.run_failed()

    def file_event(self, kind: str) -> None:
        """A file that counts changed."""
        self._metrics.file_event(kind)

    def handler_failed(self, error: Exception) -> None:
        """An event could not be handled."""
        self._metrics.error("handler")
        self._health.flash(Problem.HANDLER)
        self._voice.said(f"An event could not be handled ({error}); everything is looked at again.")

    def overflowed(self, root: str) -> None:
        """The kernel lost events."""
        self._metrics.error("overflow")
        self._health.flash(Problem.OVERFLOW)
        self._voice.said(f"The kernel lost events of {root}; all of it is looked at.")

    def watcher_restarted(self, root: str) -> None:
        """A thread had died."""
        self._metrics.error("watcher")
        self._health.flash(Problem.WATCHER)
        self._voice.said(f"The watching of {root} was started again.")

    def said(self, sentence: str) -> None:
        """A sentence for the user."""
        self._voice.said(sentence)
