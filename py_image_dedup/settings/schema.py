"""The one schema: every key with its environment name, type, default and help, as data.

File, environment, command line, the reference file and the documentation are all made from `KEYS`.
"""
# ruff: noqa: FBT003 - defaults are data

from dataclasses import dataclass

from py_image_dedup.settings import lists
from py_image_dedup.settings.grammar import (
    Kind,
    choice,
    duration,
    folder,
    place,
    positive_duration,
    share,
    size,
    text,
    truth,
    whole,
)
from py_image_dedup.settings.rules import DEFAULT_RULES

ROOT = "py_image_dedup"
PREFIX = "PY_IMAGE_DEDUP_"
STORES = ("sqlite", "memory", "elasticsearch")
WAYS = ("quarantine", "target", "trash", "hardlink", "reflink", "symlink")

BOOL = Kind("bool", "y, yes, true, t, 1, on / n, no, false, f, 0, off; any case", truth)
PORT = Kind("int", "1 to 65535", whole(1, 65535))
COUNT = Kind("int", "1 or more", whole(1))
AMOUNT = Kind("int", "0 or more", whole(0))
SHARE = Kind("float", "0 to 1, or a percentage such as 10%", share)
TEXT = Kind("text", "as it is", text)
DURATION = Kind(
    "duration", "30s, 1m30s, 1.5h, 5:00 (minutes), 0:05:00, 2 days, 4:00:00, 1w3d; a number: seconds", duration
)
TIMEOUT = Kind("duration", f"{DURATION.words}; more than 0", positive_duration)
SIZE = Kind("size", "a number of bytes, 512M, 700MB, 1.5GiB", size)
FOLDER = Kind("folder", "relative to the working directory; ~ is not expanded", folder, empty_counts=True, folder=True)
PLACE = Kind("folder", FOLDER.words, place, folder=True)
FOLDERS = Kind("list of folders", "a list, or one text split at commas", lists.folders, empty_counts=True, folder=True)
EXTENSIONS = Kind("list", "a list, or one text split at commas", lists.extensions, empty_counts=True)
EXPRESSIONS = Kind(
    "list of regular expressions", "a list, or one text split at commas", lists.expressions, empty_counts=True
)
FORMATS = Kind("list", "a list, or one text split at commas", lists.formats, empty_counts=True)
RULES = Kind("list of rules", 'names, or maps such as {"name": "more-exif-data"}', lists.rules, empty_counts=True)
RELATIONS = Kind("list", "of same-bytes, same-pixels, same-picture, turned, edited", lists.relations, empty_counts=True)


@dataclass(frozen=True, slots=True)
class Key:
    """One setting. `default` is written as in a file; None where there is none or where `default_words` tell it.

    `decides`: a change of the value may change the Plan, so it is part of the settings digest.
    """

    path: str  # dotted, below the root key: "analysis.threads"
    kind: Kind
    default: object
    help: str
    example: object = None
    default_words: str = ""
    aliases: tuple[str, ...] = ()
    secret: bool = False
    decides: bool = False

    @property
    def environment(self) -> str:
        """The name of the environment variable."""
        return environment_name(self.path)


def environment_name(path: str) -> str:
    """The environment variable of a dotted path."""
    return PREFIX + path.upper().replace(".", "_")


def option_name(path: str) -> str:
    """How messages write a dotted path: py_image_dedup>analysis>threads."""
    return ">".join([ROOT, *path.split(".")])


KEYS = (
    Key("dry_run", BOOL, True, "Only show what would be done. --dry-run wins over this, always."),
    Key(
        "remove_empty_folders",
        BOOL,
        False,
        "Remove folders that this run emptied. Folders that were empty before stay.",
        decides=True,
    ),
    Key(
        "store",
        Kind("choice", " or ".join(STORES), choice(*STORES)),
        "sqlite",
        "Where the index lives: sqlite (embedded), memory (forgotten at the end) or elasticsearch.",
        default_words="sqlite; elasticsearch where elasticsearch.host is set",
    ),
    Key(
        "state.directory",
        PLACE,
        None,
        "The folder of index, journal and lock. --state stands for this key.",
        example="/var/lib/py-image-dedup",
        default_words="the data folder of the platform, for example ~/.local/share/py-image-dedup",
    ),
    Key(
        "analysis.source_directories",
        FOLDERS,
        None,
        "The folders to search. Each must exist. PATH... on the command line stands for this key.",
        example=["/home/myuser/pictures"],
        default_words="none: required",
        decides=True,
    ),
    Key("analysis.recursive", BOOL, True, "Search the folders below the source folders as well.", decides=True),
    Key(
        "analysis.across_dirs",
        BOOL,
        False,
        "Look for copies across the source folders; false: only within the source folder a file was found in.",
        default_words="false; true where PATH... is given",
        decides=True,
    ),
    Key(
        "analysis.file_extensions",
        EXTENSIONS,
        [".png", ".jpg", ".jpeg"],
        "Which files count, by the end of their name in any case of letters. An empty list: every file.",
        default_words=".png, .jpg, .jpeg; every file where PATH... is given",
        decides=True,
    ),
    Key(
        "analysis.exclusions",
        EXPRESSIONS,
        [],
        "Files whose absolute path holds a match of one of these (Python's re, case matters) are left out.",
        example=[".*/excluded/.*"],
        decides=True,
    ),
    Key(
        "analysis.threads",
        COUNT,
        None,
        "How many worker processes read pictures.",
        example=4,
        default_words="the number of processors",
    ),
    Key("analysis.use_exif_data", BOOL, True, "Read EXIF data; some rules for what is kept need it.", decides=True),
    Key("analysis.timeout", TIMEOUT, "60s", "How long a worker may take for one picture before it is given up."),
    Key(
        "analysis.memory",
        SIZE,
        "3GiB",
        "How much address space one worker may take, 0.4 GB of it before a picture is read; a picture that needs more"
        " is given up.",
    ),
    Key(
        "analysis.max_pixels",
        COUNT,
        300_000_000,
        "Pictures with more pixels (width x height) are not decoded; they are reported.",
        decides=True,
    ),
    Key(
        "analysis.signatures",
        BOOL,
        False,
        "Also compute the image-match signature of every picture. Needs a full decode, so it is slow.",
    ),
    Key(
        "analysis.edited",
        BOOL,
        False,
        "Also find edited copies: cropped, framed, captioned, straightened. Words of local features are computed for"
        " every picture, 16 ms each. Always on where deduplication.remove names edited.",
        decides=True,
    ),
    Key(
        "analysis.on",
        TEXT,
        None,
        "A Dask cluster whose workers see the same folders and read the files: dask://HOST:PORT. --on stands for this"
        " key.",
        example="dask://scheduler.example.org:8786",
        default_words="none: files are read by processes of this machine",
    ),
    Key(
        "deduplication.remove",
        RELATIONS,
        ["same-bytes", "same-pixels", "same-picture"],
        "Copies of these relations are acted on; others are shown for review. An empty list: none."
        " --relations stands for this key.",
        decides=True,
    ),
    Key(
        "deduplication.max_file_modification_time_diff",
        DURATION,
        None,
        "A copy whose modification time differs from the kept file's by more than this stays.",
        example="0:05:00",
        decides=True,
    ),
    Key(
        "deduplication.prioritization_rules",
        RULES,
        [{"name": name} for name in DEFAULT_RULES],
        "What is kept: rules in the order given, the first that differs decides; last, the path.",
        decides=True,
    ),
    Key(
        "deduplication.preferred_directories",
        FOLDERS,
        [],
        "Folders that the rule preferred-directory asks, best first.",
        example=["/home/myuser/pictures/originals"],
        decides=True,
    ),
    Key(
        "deduplication.avoided_directories",
        FOLDERS,
        [],
        "Folders that the rule avoided-directory asks: a file below one of them loses.",
        example=["/home/myuser/pictures/messenger"],
        decides=True,
    ),
    Key(
        "deduplication.preferred_formats",
        FORMATS,
        [],
        "Formats that the rule preferred-format asks, best first, as the decoder names them.",
        example=["TIFF", "PNG", "JPEG"],
        decides=True,
    ),
    Key(
        "deduplication.duplicates_target_directory",
        FOLDER,
        None,
        "Copies are moved below this folder, which must exist, with their whole path."
        " Without it they are put aside on their own volume. Either can be undone.",
        example="/home/myuser/duplicates",
        decides=True,
    ),
    Key(
        "deduplication.way",
        Kind("choice", f"{', '.join(WAYS[:-1])} or {WAYS[-1]}", choice(*WAYS)),
        None,
        "How a copy is removed: put aside on its own volume, moved below the target folder, moved to the trash of the"
        " desktop, or replaced by a link to the file that stays (the copy is put aside). All can be undone. A volume"
        " that cannot do it refuses, and the copy stays. --way stands for this key.",
        example="trash",
        default_words="quarantine; target where deduplication.duplicates_target_directory is set",
        decides=True,
    ),
    Key(
        "deduplication.merge_metadata",
        BOOL,
        False,
        "Before a copy goes, move what it says and the kept file does not (position, capture time, camera, caption,"
        " keywords, rating, author, copyright) into the kept file. Needs ExifTool; without it such a run is refused."
        " The kept file as it was is put aside, and undo brings it back.",
        decides=True,
    ),
    Key(
        "deduplication.max_files",
        AMOUNT,
        500,
        "A run that would remove more files than this refuses to act before it touches anything.",
    ),
    Key(
        "deduplication.max_share",
        SHARE,
        "20%",
        "A run that would remove more than this share of all files refuses to act before it touches anything.",
    ),
    Key("deduplication.retention", DURATION, "30 days", "How long files that were put aside are kept at least."),
    Key(
        "elasticsearch.host",
        TEXT,
        "127.0.0.1",
        "Host name of the Elasticsearch or OpenSearch server; several with commas, each also as https://NAME:PORT.",
    ),
    Key("elasticsearch.port", PORT, 9200, "Port of the servers that are given without one."),
    Key("elasticsearch.tls", BOOL, False, "Use https for servers that are given without http:// or https://."),
    Key(
        "elasticsearch.ca_file",
        PLACE,
        None,
        "A file of certificates in PEM form; the server's must be signed by one of them.",
        example="/etc/py-image-dedup/ca.pem",
        default_words="the certificate authorities of the platform",
    ),
    Key("elasticsearch.cloud_id", TEXT, None, "The id of an Elastic Cloud deployment; it takes the place of host."),
    Key("elasticsearch.user", TEXT, None, "The user the server knows.", example="py-image-dedup"),
    Key("elasticsearch.password", TEXT, None, "That user's password; better given by environment.", secret=True),
    Key(
        "elasticsearch.api_key",
        TEXT,
        None,
        "An API key in its encoded form; it takes the place of user and password.",
        secret=True,
    ),
    Key("elasticsearch.timeout", TIMEOUT, "30s", "How long one request may take."),
    Key("elasticsearch.start_timeout", TIMEOUT, "60s", "How long a server that does not answer is waited for."),
    Key("elasticsearch.index", TEXT, "images", "Name of the index: an alias over PREFIX-v1, PREFIX-v2, ..."),
    Key("elasticsearch.auto_create_index", BOOL, True, "Create the index where it is missing."),
    Key(
        "elasticsearch.library",
        TEXT,
        None,
        "Whose files these are. Machines that see the same files under the same paths may give the same name.",
        example="family-photos",
        default_words="a name of this installation's own, kept in the state directory",
    ),
    Key(
        "elasticsearch.across_hosts",
        BOOL,
        False,
        "Show copies that other hosts have in the same index, by digest and fingerprint as these last read them."
        " Nothing is ever done about them: a file goes only for one that stays on this host.",
    ),
    Key(
        "elasticsearch.max_distance",
        SHARE,
        0.1,
        "With analysis.signatures, pictures whose image-match signatures are nearer than this are compared too,"
        " with any store. What they are to each other is then decided by their pixels, as for all others.",
    ),
    Key(
        "daemon.processing_timeout",
        DURATION,
        "30s",
        "How long nothing must have changed before the changed files are worked on.",
        aliases=("daemon.timeout",),
    ),
    Key(
        "daemon.file_observer",
        Kind("choice", "polling or inotify", choice("polling", "inotify")),
        "polling",
        "How changes are noticed: polling works everywhere, inotify asks the Linux kernel.",
    ),
    Key(
        "daemon.reconciliation",
        TIMEOUT,
        "1 day",
        "How often everything is looked at again although no change was noticed; up to a tenth earlier or later.",
    ),
    Key(
        "notification.webhook",
        TEXT,
        None,
        "A digest is sent to this address as JSON after each run of the daemon that found or did something.",
        example="https://hooks.example.org/pictures",
        secret=True,
    ),
    Key(
        "notification.command",
        TEXT,
        None,
        "This command gets the same JSON on its standard input. It is started without a shell.",
        example="/usr/local/bin/tell-me --about pictures",
    ),
    Key(
        "notification.interval",
        DURATION,
        "15m",
        "At most one digest in this time; what comes meanwhile is told together afterwards.",
    ),
    Key("stats.enabled", BOOL, True, "Serve Prometheus metrics (daemon only)."),
    Key("stats.port", PORT, 8000, "Port of the metrics."),
    Key("stats.bind", TEXT, "127.0.0.1", "Address the metrics are served on; 0.0.0.0: every interface."),
)

BY_PATH = {key.path: key for key in KEYS}
EVERY_PATH = {path: key for key in KEYS for path in (key.path, *key.aliases)}
BY_ENVIRONMENT = {environment_name(path): path for path in EVERY_PATH}
