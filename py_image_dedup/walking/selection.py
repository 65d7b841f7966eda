"""Which files count, by path and name alone. What a file really is, its content says later, in the analysis."""

import re
from dataclasses import dataclass

from py_image_dedup.model.places import is_own_name

_DOCUMENTS = (
    ".txt .md .rst .rtf .doc .docx .odt .xls .xlsx .ods .ppt .pptx .odp .csv .tsv .tex .pdf .ps .eps .ai .svg .svgz"
    " .wmf .emf .epub .mobi .htm .html .css .xml .json .yaml .yml .toml .ini .cfg .conf .log .url .lnk .desktop .nfo"
    " .vcf .ics .eml .gpx .kml .kmz .srt .sub .vtt"
)
_SIDECARS = ".xmp .aae .thm .pp3 .dop .on1 .cos .cop .comask"
_MOVING_PICTURES_AND_SOUND = (
    ".mp4 .m4v .mov .mp .mv .avi .mkv .mts .m2ts .mpg .mpeg .wmv .webm .flv .3gp .3g2 .insv .lrv .vob .ogv"
    " .mp3 .m4a .wav .flac .ogg .oga .opus .wma .aac .amr .aiff .mid"
)
_ARCHIVES_AND_PROGRAMS = (
    ".zip .7z .rar .tar .gz .tgz .bz2 .xz .zst .iso .dmg .exe .dll .msi .so .dylib .apk .deb .rpm .jar .class .pyc"
    " .py .sh .bat .cmd .ps1 .js .ts .php .c .h .cpp .rs .go .java .sql .ttf .otf .woff .woff2"
)
_CATALOGUES_AND_TRACES = (
    ".db .db-wal .db-shm .sqlite .sqlite3 .sqlite-wal .sqlite-shm .sqlite-journal .lrcat"
    " .ds_store .ctg .modd .moff .ithmb .bak .tmp .part .crdownload .lock .pid .torrent .md5 .sha1 .sha256 .par2 .sfv"
)
NOT_PICTURES = frozenset(
    " ".join(
        (_DOCUMENTS, _SIDECARS, _MOVING_PICTURES_AND_SOUND, _ARCHIVES_AND_PROGRAMS, _CATALOGUES_AND_TRACES)
    ).split()
)
"""Suffixes of files that lie beside photographs and are plainly something else; PDF, PS, EPS, SVG and WMF are programs
for a renderer more than pictures, and are never opened."""

_RAW = (
    ".3fr .ari .arw .bay .cr2 .cr3 .crw .dcr .dng .erf .fff .gpr .iiq .k25 .kdc .mef .mos .mrw .nef .nrw .orf .pef"
    " .ptx .raf .raw .rw2 .rwl .sr2 .srf .srw .x3f"
)
COMPANIONS = frozenset(f"{_RAW} {_SIDECARS} .mov .mp4 .m4v .mp .mv .json".split())
"""Suffixes of files that may belong to a picture beside them: RAW, Live Photo, sidecar. Whole names decide later."""

_TRACES = frozenset({"thumbs.db", "desktop.ini", "ehthumbs.db", "picasa.ini"})
_APPLE_DOUBLE = "._"  # macOS keeps resource forks as ._NAME on file systems of others: same suffix, no picture

OTHER_EXTENSION = "not one of the extensions that count"
OUR_OWN = "made by this program"
NO_PICTURE_NAME = "not a picture by its name"


@dataclass(frozen=True, slots=True)
class Selection:
    """What counts. Exclusions come first, then the extension; an excluded folder is not entered at all."""

    recursive: bool = True  # False: only the files that lie in a root itself
    exclusions: tuple[re.Pattern[str], ...] = ()  # a path in which one is found does not count; folders are entered
    extensions: frozenset[str] = frozenset()  # lower case, with the dot; empty: all that is not plainly something else
    excluded_directories: tuple[str, ...] = ()  # recognised by device and inode, however they are reached

    def excluded_by(self, path: str) -> str | None:
        """Why this absolute path is excluded; None where it is not."""
        for pattern in self.exclusions:
            if pattern.search(path):
                return f"excluded by {pattern.pattern}"
        return None

    def name_against(self, name: str) -> str | None:
        """Why a file of this name does not count; None where it does."""
        if is_own_name(name):
            return OUR_OWN
        suffix = last_suffix(name)
        if self.extensions:
            return None if suffix in self.extensions else OTHER_EXTENSION
        return NO_PICTURE_NAME if suffix in NOT_PICTURES or _is_trace(name, suffix) else None


def last_suffix(name: str) -> str:
    """The last suffix with its dot, lower case; "" for names without one (also `.hidden`)."""
    dot = name.rfind(".")
    return name[dot:].lower() if dot > 0 else ""


def _is_trace(name: str, suffix: str) -> bool:
    """Files that programs leave behind in folders of pictures."""
    if name.startswith("."):
        return not suffix or name.startswith(_APPLE_DOUBLE)
    return name.lower() in _TRACES
