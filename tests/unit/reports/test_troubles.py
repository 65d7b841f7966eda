from dataclasses import replace

from py_image_dedup.model.files import PassedOver
from py_image_dedup.model.outcomes import Counts, RunReport
from py_image_dedup.reports.troubles import troubles
from tests.support.plans import small_report


def test_the_end_of_a_report_names_what_could_not_be_looked_at() -> None:
    assert list(troubles(small_report())) == [
        "Files that could not be read: 1",
        "  /lib/bad.jpg: damaged: the file ends in its middle",
        "Places that could not be looked at (nothing below them counts as gone): 1",
        "  /lib/secret: permission denied",
        "Passed over: 1",
        "        1  symlink",
    ]


def test_what_was_passed_over_is_counted_by_reason_the_most_frequent_first() -> None:
    entries = [PassedOver(f"/lib/{n}", "empty") for n in range(2)]
    entries += [PassedOver(f"/lib/l{n}", f"the same file as /lib/{n}") for n in range(3)]
    report = replace(small_report(), unreadable=(), not_walked=(), passed_over=tuple(entries))

    assert list(troubles(report)) == ["Passed over: 5", "        3  the same file by another path", "        2  empty"]


def test_a_run_without_trouble_says_nothing() -> None:
    assert list(troubles(RunReport("r", dry_run=True, counts=Counts()))) == []
