"""Metadata of copies written into the file that stays, by ExifTool (https://exiftool.org), where it is installed.

It sees open files only (`/proc/self/fd`) and answers through a pipe: it can neither follow a path somewhere else nor
write to a file. What it gives is verified by the caller before it gets a name.
"""

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from py_image_dedup.disposal.volume.held import Refusal
from py_image_dedup.model import descriptions as kinds
from py_image_dedup.model.descriptions import Description

COMMAND = "exiftool"
TIMEOUT_S = 120
INSTALL = (
    "deduplication.merge_metadata needs ExifTool, which is not installed; install it (Debian, Ubuntu: apt install "
    "libimage-exiftool-perl), or switch deduplication.merge_metadata off."
)
ONLY_LINUX = "deduplication.merge_metadata works on Linux alone, where files can be given away open; switch it off."
_TAGS = {
    kinds.POSITION: ("GPS:all", "XMP-exif:GPSLatitude", "XMP-exif:GPSLongitude", "XMP-exif:GPSAltitude"),
    kinds.CAPTURE_TIME: (
        *(
            "ExifIFD:DateTimeOriginal",
            "ExifIFD:CreateDate",
            "ExifIFD:OffsetTimeOriginal",
            "ExifIFD:OffsetTimeDigitized",
        ),
        *("ExifIFD:SubSecTimeOriginal", "ExifIFD:SubSecTimeDigitized"),
    ),
    kinds.CAMERA: ("IFD0:Make", "IFD0:Model", "ExifIFD:LensModel"),
    kinds.CAPTION: (
        *("IFD0:ImageDescription", "IFD0:XPTitle", "IFD0:XPComment", "XMP-dc:Description", "XMP-dc:Title"),
        *("IPTC:Caption-Abstract", "IPTC:ObjectName"),
    ),
    kinds.RATING: ("XMP-xmp:Rating", "IFD0:Rating", "IFD0:RatingPercent"),
    kinds.AUTHOR: ("IFD0:Artist", "IFD0:XPAuthor", "XMP-dc:Creator", "IPTC:By-line"),
    kinds.COPYRIGHT: ("IFD0:Copyright", "XMP-dc:Rights", "IPTC:CopyrightNotice"),
}


@dataclass(frozen=True, slots=True)
class Source:
    """A verified copy, open, and the kinds of metadata that are to be taken from it."""

    descriptor: int
    path: str
    kinds: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ExifTool:
    """Merges metadata. `describe` and `pixels` (a digest of what is shown) read files in worker processes."""

    describe: Callable[[str], Description | None]
    pixels: Callable[[str], bytes | None]
    command: str | None = field(default_factory=lambda: shutil.which(COMMAND))

    def missing(self) -> str:
        """A sentence that says what is missing; "" where all is there."""
        if sys.platform != "linux":
            return ONLY_LINUX
        return "" if self.command else INSTALL

    def merged(self, keeper: int, path: str, sources: Sequence[Source]) -> bytes:
        """The content of the keeper with the metadata of the sources. Refusal where ExifTool cannot do it."""
        content = b""
        copying = [argument for source in sources for argument in _copying(source)]
        if copying:  # `-wm cg`: what the keeper has is never written over
            content = self._run(["-wm", "cg", *copying], keeper, [source.descriptor for source in sources])
        if keywords := self._keywords(path, sources):
            content = self._run([f"-XMP-dc:Subject+={word}" for word in keywords], keeper, (), content)
        if not content:
            raise Refusal("ExifTool found nothing in it that could be moved")
        return content

    def verify(self, keeper: str, merged: str, sources: Sequence[Source]) -> None:
        """Refusal unless the picture is the same, nothing is lost that the keeper said, and all is there that was to
        come."""
        before, after = self.pixels(keeper), self.pixels(merged)
        if before is None or before != after:
            raise Refusal("its pixels would not be the same any more, or cannot be compared")
        said, says = self._described(keeper), self._described(merged)
        wanted = {kind for source in sources for kind in source.kinds}
        if says.lacks(said) or not wanted <= {one.kind for one in says.said}:
            raise Refusal("its format does not take all of it")

    def _keywords(self, path: str, sources: Iterable[Source]) -> list[str]:
        """Those of the sources that the keeper lacks, in their order."""
        asked = [source.path for source in sources if kinds.KEYWORDS in source.kinds]
        if not asked:
            return []
        has = set(self._described(path).values(kinds.KEYWORDS))
        words = (word for one in asked for word in self._described(one).values(kinds.KEYWORDS))
        return [word for word in dict.fromkeys(words) if word not in has]

    def _described(self, path: str) -> Description:
        said = self.describe(path)
        if said is None:
            raise Refusal("what it says cannot be read")
        return said

    def _run(self, arguments: Sequence[str], keeper: int, passed: Sequence[int], content: bytes = b"") -> bytes:
        subject = "-" if content else f"/proc/self/fd/{keeper}"
        try:
            ended = subprocess.run(
                # an empty -config keeps a configuration file of the user from changing what is written
                [str(self.command), "-config", "", "-q", "-q", "-m", *arguments, "-o", "-", subject],
                input=content,
                capture_output=True,
                pass_fds=(keeper, *passed),
                timeout=TIMEOUT_S,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise Refusal("ExifTool took too long") from None
        if ended.returncode or not ended.stdout:
            raise Refusal(f"ExifTool says: {_words(ended.stderr)}")
        return ended.stdout


def _copying(source: Source) -> list[str]:
    tags = [f"-{tag}" for kind in source.kinds for tag in _TAGS.get(kind, ())]
    return ["-TagsFromFile", f"/proc/self/fd/{source.descriptor}", *tags] if tags else []


def _words(said: bytes) -> str:
    lines = said.decode("utf-8", "replace").strip().splitlines()
    return lines[0].split(" - /proc", 1)[0] if lines else "nothing was written"
