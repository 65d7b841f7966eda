"""A run tells what the run before it did not: in the log, and to a webhook."""

import time
from dataclasses import replace

import pytest
from prometheus_client import CollectorRegistry

from py_image_dedup.faces.cli.terminal import Terminal
from py_image_dedup.faces.daemon.chorus import Chorus
from py_image_dedup.faces.daemon.health import Health
from py_image_dedup.faces.daemon.messenger import Messenger
from py_image_dedup.faces.daemon.news import News, is_worth_telling
from py_image_dedup.faces.daemon.voice import Voice
from py_image_dedup.faces.metrics import Metrics
from py_image_dedup.model.images import Unreadable, UnreadableKind
from py_image_dedup.model.matches import Group
from py_image_dedup.model.outcomes import RunReport, Status
from tests.support.plans import small_plan, small_report
from tests.support.records import image_file, record


def found(*groups: Group) -> RunReport:
    """A run that found these and had nothing to do."""
    plan = replace(small_plan(), groups=groups, removals=())
    return replace(small_report(), plan=plan, outcomes=(), folders=(), not_walked=(), notes=())


def groups_of(report: RunReport) -> list[str]:
    assert report.plan is not None
    return [group.keeper.record.file.path for group in report.plan.groups]


def with_one_more(group: Group) -> Group:
    last = group.members[-1]
    return Group((*group.members, replace(last, record=record("/lib/x/new.jpg"), rank=last.rank + 1)))


def test_the_first_run_is_told_whole() -> None:
    assert News().of(small_report()) == small_report()


def test_what_was_told_is_not_told_again() -> None:
    news, (sea, series) = News(), small_plan().groups
    news.of(found(sea, series))

    assert groups_of(news.of(found(sea, series))) == []
    assert groups_of(news.of(found(sea, with_one_more(series)))) == ["/lib/x/1.jpg"]
    assert groups_of(news.of(found(with_one_more(series)))) == []


def test_a_group_is_no_news_because_a_member_of_it_went() -> None:
    news, (sea, _) = News(), small_plan().groups
    news.of(found(sea))

    assert groups_of(news.of(found(Group((sea.members[0], *sea.members[2:]))))) == []


def test_what_was_gone_and_comes_back_is_news() -> None:
    news, (sea, _) = News(), small_plan().groups
    news.of(found(sea))
    news.of(found())

    assert groups_of(news.of(found(sea))) == ["/lib/sea.jpg"]


def test_what_was_done_is_always_news_and_the_same_failure_only_once() -> None:
    news, report = News(), small_report()
    news.of(report)
    assert news.of(report).outcomes == report.outcomes

    failed = replace(report, outcomes=(replace(report.outcomes[0], status=Status.FAILED, reason="Permission denied"),))
    assert news.of(failed).outcomes == failed.outcomes
    assert news.of(failed).outcomes == ()


def test_each_file_that_cannot_be_read_is_told_once() -> None:
    news, report = News(), small_report()
    news.of(report)
    other = Unreadable(image_file("/lib/worse.jpg"), UnreadableKind.DAMAGED, "the file ends in its middle")
    told = news.of(replace(report, outcomes=(), unreadable=(*report.unreadable, other)))

    assert told.unreadable == (other,)
    assert (told.passed_over, told.not_walked, told.notes, told.folders) == ((), (), (), ())
    assert not is_worth_telling(told)


@pytest.fixture
def told() -> list[str]:
    return []


@pytest.fixture
def chorus(told: list[str]) -> Chorus:
    health = Health(lambda _: None, {})
    messenger = Messenger((told.append,), 0.0, health, lambda: None)
    messenger.start()
    voice = Voice(Terminal(phases=True, bars=False).show, stamp=False)
    return Chorus(Metrics(CollectorRegistry(), ["/lib"]), voice, health, messenger)


def test_the_log_of_a_later_run_holds_its_news_alone(chorus: Chorus, capsys: pytest.CaptureFixture[str]) -> None:
    sea, series = small_plan().groups
    chorus.run_finished(found(sea, series))
    first = capsys.readouterr().out
    chorus.run_finished(found(sea, series))
    chorus.run_finished(found(sea, with_one_more(series)))
    nothing, _, more = capsys.readouterr().out.partition("\n")

    assert "2 groups." in first
    assert {"/lib/sea.jpg", "/lib/x/1.jpg"} <= set(first.split())
    assert nothing == "The run has ended: 6 files, 5 read, 2 groups."
    assert more.startswith("The run has ended: 6 files, 5 read, 2 groups, 1 with news.\n")
    assert "/lib/x/new.jpg" in more
    assert "/lib/sea.jpg" not in more


def test_a_file_that_cannot_be_read_is_a_line_and_no_report(chorus: Chorus, capsys: pytest.CaptureFixture[str]) -> None:
    chorus.run_finished(replace(found(), unreadable=()))
    capsys.readouterr()
    chorus.run_finished(found())
    said = capsys.readouterr().out

    assert "/lib/bad.jpg: damaged" in said
    assert "duplicates" not in said


def test_a_webhook_hears_of_runs_with_news_only(chorus: Chorus, told: list[str]) -> None:
    sea, series = small_plan().groups
    for groups in ((), (sea,), (sea,), (sea,), (sea, series), (sea,)):
        chorus.run_finished(found(*groups))
        time.sleep(0.1)

    assert len(told) == 2
