"""The established metrics are what dashboards rely on; the new ones keep the rules and a bound."""

import re
import shutil
import subprocess
from dataclasses import replace

import pytest
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from py_image_dedup.faces.daemon.gauges import LiveGauges
from py_image_dedup.faces.daemon.health import Health
from py_image_dedup.faces.daemon.settle import Changes
from py_image_dedup.faces.daemon.watch import RootWatch
from py_image_dedup.faces.metrics import ERROR_KINDS, Metrics
from py_image_dedup.model.files import Walk
from py_image_dedup.model.images import Unreadable, UnreadableKind
from py_image_dedup.model.matches import Match, Relation
from py_image_dedup.model.outcomes import Status
from py_image_dedup.model.plans import Way
from tests.support.plans import small_report
from tests.support.records import image_file, record

ROOTS = ["/lib"]


def metrics(roots: list[str] = ROOTS) -> tuple[Metrics, CollectorRegistry]:
    registry = CollectorRegistry()
    return Metrics(registry, roots), registry


def text(registry: CollectorRegistry) -> str:
    return generate_latest(registry).decode()


def value(registry: CollectorRegistry, name: str, **labels: str) -> float | None:
    return registry.get_sample_value(name, labels)


@pytest.mark.parametrize(
    ("name", "kind", "help_"),
    [
        ("duplicate_action_total", "gauge", "Number of images per action"),
        ("file_event_total", "gauge", "Number of file events per event type"),
        ("analyse_file_summary", "summary", "Time spent analysing a file"),
        ("find_duplicates_summary", "summary", "Time spent finding duplicates of a file"),
    ],
)
def test_established_metrics_keep_name_type_and_help(name: str, kind: str, help_: str) -> None:
    lines = text(metrics()[1]).splitlines()

    assert f"# TYPE {name} {kind}" in lines
    assert f"# HELP {name} {help_}" in lines


def test_the_three_actions_are_there_from_the_start_and_events_only_with_the_first() -> None:
    made, registry = metrics()

    assert [value(registry, "duplicate_action_total", action=a) for a in ("none", "move", "delete")] == [0, 0, 0]
    assert value(registry, "file_event_total", type="created") is None
    made.file_event("created")
    assert value(registry, "file_event_total", type="created") == 1


@pytest.mark.parametrize("name", ["analyse_file_summary", "find_duplicates_summary"])
def test_summaries_have_count_sum_and_created(name: str) -> None:
    made, registry = metrics()
    made.file_took(0.25)
    made.searched(1, 0.25)

    assert value(registry, f"{name}_count") == 1
    assert value(registry, f"{name}_sum") == 0.25
    assert f"# TYPE {name}_created gauge" in text(registry)


def test_new_contents_share_the_time_of_their_search() -> None:
    made, registry = metrics()
    made.searched(4, 2.0)

    assert value(registry, "find_duplicates_summary_count") == 4
    assert value(registry, "find_duplicates_summary_sum") == 2.0


@pytest.mark.parametrize(
    ("way", "action"),
    [(Way.TARGET, "move"), (Way.QUARANTINE, "delete"), (Way.TRASH, "delete"), (Way.HARDLINK, "delete")],
)
def test_executed_actions_are_counted_and_no_others(way: Way, action: str) -> None:
    made, registry = metrics()
    (outcome,) = small_report().outcomes
    done = replace(outcome, removal=replace(outcome.removal, way=way))
    made.disposed(done)
    made.disposed(replace(done, status=Status.REFUSED))
    made.disposed(replace(done, status=Status.FAILED))

    assert value(registry, "duplicate_action_total", action=action) == 1
    assert value(registry, "py_image_dedup_errors_total", kind="act_refused") == 1
    assert value(registry, "py_image_dedup_errors_total", kind="act_failed") == 1
    assert value(registry, "py_image_dedup_disposed_bytes_total") == outcome.removal.victim.file.size


def test_a_kept_file_counts_as_none_only_where_another_went() -> None:
    made, registry = metrics()
    made.run_finished(small_report())
    made.run_finished(replace(small_report(), outcomes=(), dry_run=True))

    assert value(registry, "duplicate_action_total", action="none") == 1


def test_copies_are_told_by_relation_and_root() -> None:
    made, registry = metrics()
    made.run_finished(small_report())

    def told(name: str, relation: str) -> float | None:
        return value(registry, f"py_image_dedup_{name}", relation=relation, root="1")

    assert told("groups", "same-picture") == 1
    assert told("copy_files", "same-picture") == 1
    assert told("copy_bytes", "same-picture") == 310_000
    assert told("copy_files", "look-alike") == 1
    assert told("copy_files", "same-bytes") == 0
    made.run_finished(replace(small_report(), plan=None))
    assert told("copy_files", "same-picture") == 0


def test_files_and_bytes_are_told_by_root() -> None:
    made, registry = metrics(["/lib", "/other"])
    made.walked(Walk(("/lib", "/other"), (image_file("/lib/1.jpg", size=5), image_file("/lib/2.jpg", size=6))))

    assert value(registry, "py_image_dedup_files", root="1") == 2
    assert value(registry, "py_image_dedup_bytes", root="1") == 11
    assert value(registry, "py_image_dedup_files", root="2") == 0


def busy(roots: list[str]) -> CollectorRegistry:
    """Everything that can have a series has one."""
    made, registry = metrics(roots)
    health = Health(lambda _: None, {"loop": 60.0})
    watches = [RootWatch(root, None) for root in roots]  # type: ignore[arg-type]
    LiveGauges(Changes(1), watches, health, lambda: True).register(registry)
    for kind in ("created", "modified", "moved", "deleted"):
        made.file_event(kind)
    for kind in UnreadableKind:
        made.file_analysed(Unreadable(image_file("/secret/name.jpg"), kind, "x"))
    report = small_report()
    assert report.plan is not None
    group = report.plan.groups[0]
    copy = group.members[1]
    assert copy.match is not None
    members = [
        replace(copy, record=record(f"{root}/secret.jpg", root=root), match=Match(relation, copy.match.evidence))
        for root in roots
        for relation in Relation
    ]
    wide = replace(group, members=(group.members[0], *members))
    made.run_finished(replace(report, plan=replace(report.plan, groups=(wide,))))
    return registry


def test_a_scrape_has_at_most_300_series_and_no_path_however_many_roots() -> None:
    scraped = text(busy([f"/volume/secret{number}" for number in range(40)]))
    series = [line for line in scraped.splitlines() if not line.startswith("#")]

    assert len(series) <= 300
    assert "secret" not in scraped
    assert "/" not in "".join(re.findall(r"\{.*?\}", scraped))


def test_error_kinds_are_known_beforehand() -> None:
    _, registry = metrics()
    told = {kind: value(registry, "py_image_dedup_errors_total", kind=kind) for kind in ERROR_KINDS}

    assert set(told.values()) == {0.0}
    assert {kind.name.lower() for kind in UnreadableKind} <= set(told)


def test_new_metrics_keep_the_naming_rules_of_prometheus() -> None:
    """promtool's own check; what the established names do against it is known."""
    assert shutil.which("promtool"), "apt install prometheus"
    scraped = text(busy(ROOTS))
    checked = subprocess.run(
        ["promtool", "check", "metrics"], input=scraped, capture_output=True, text=True, check=False
    )
    complaints = {line for line in (checked.stdout + checked.stderr).splitlines() if "py_image_dedup" in line}

    assert complaints == set()
    assert all(family.documentation for family in text_string_to_metric_families(scraped))


def test_every_metric_is_described() -> None:
    from pathlib import Path

    page = (Path(__file__).resolve().parents[3] / "docs" / "metrics.md").read_text("utf-8")
    names = set(re.findall(r"^# TYPE (\S+)", text(busy(ROOTS)), re.MULTILINE))
    ours = {name for name in names if not name.startswith(("python_", "process_")) and not name.endswith("_created")}

    assert {name for name in ours if f"`{name}`" not in page} == set()
    assert {kind for kind in ERROR_KINDS if f"`{kind}`" not in page} == set()
