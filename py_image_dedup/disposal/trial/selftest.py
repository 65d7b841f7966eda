"""`selftest DIR`: what the volume can do, and whether removal on it survives kills; all in a new folder of its own."""

import os
import shutil
import tempfile
import time

from py_image_dedup.disposal.trial.probes import Probes
from py_image_dedup.disposal.trial.self_kills import Kills
from py_image_dedup.disposal.volume.fsops import FileOps
from py_image_dedup.disposal.volume.posix import PosixFiles
from py_image_dedup.model.errors import SettingsError
from py_image_dedup.model.findings import Finding
from py_image_dedup.model.plans import LINK_WAYS, Way
from py_image_dedup.model.ports import Clock
from py_image_dedup.model.selftest import SelftestReport

KILLS = 200
LIMIT_S = 60.0
PREFIX = ".py-image-dedup-selftest-"


def selftest(
    directory: str, clock: Clock, ops: FileOps | None = None, *, kills: int = KILLS, limit_s: float = LIMIT_S
) -> SelftestReport:
    """Try out the volume of a folder. SettingsError where nothing can be made in it.

    The probes count towards the time; files are made in a new folder below `directory`, which goes again unless a kill
    ended badly.
    """
    started_s, ops = time.monotonic(), ops or PosixFiles()
    try:
        folder = tempfile.mkdtemp(prefix=PREFIX, dir=directory)
    except OSError as error:
        raise SettingsError([f"Nothing can be made in {directory}: {error.strerror}; name another folder."]) from error
    findings, probes = _probed(ops, folder)
    ways = probes.ways()
    can = {told.way for told in ways if not told.reason}
    test = Kills(ops, clock, folder, [way for way in Way if way in can & {Way.QUARANTINE, *LINK_WAYS}])
    wrong = tuple(test.run(kills, limit_s - (time.monotonic() - started_s)))
    if not wrong:
        shutil.rmtree(folder)
    return SelftestReport(findings, ways, test.done, wrong, time.monotonic() - started_s)


def _probed(ops: FileOps, folder: str) -> tuple[tuple[Finding, ...], Probes]:
    os.mkdir(f"{folder}/probes")
    descriptor = ops.open_top(f"{folder}/probes")
    try:
        probes = Probes(ops, descriptor)
        return tuple(probes.findings()), probes
    finally:
        ops.close(descriptor)
        shutil.rmtree(f"{folder}/probes", ignore_errors=True)
