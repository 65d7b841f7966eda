"""The names of the rules that decide which file of a group stays, and what each prefers.

The order here is the order of the documentation; `DEFAULT_RULES` is the order in which they are asked.
"""

DEFAULT_RULES = (
    "higher-pixel-count",
    "more-exif-data",
    "bigger-file-size",
    "newer-file-modification-date",
    "smaller-distance",
    "doesnt-contain-copy-in-file-name",
    "longer-file-name",
    "shorter-folder-path",
    "higher-score",
)

RULES = {
    "higher-pixel-count": "more pixels (width x height); an upscaled copy counts no more than its source",
    "lower-pixel-count": "fewer pixels",
    "more-exif-data": "more EXIF entries; the GPS block counts as one, a file without EXIF has 0",
    "less-exif-data": "fewer EXIF entries",
    "more-metadata": "time, place and camera first, then more EXIF entries",
    "better-quality": "what lost less: not saved again at a lower quality, no noise added, not sharpened",
    "original-from-camera": "the size that its camera stored, and a name that cameras give",
    "bigger-file-size": "more bytes, among copies that lost nothing (as better-quality says) first",
    "smaller-file-size": "fewer bytes",
    "newer-file-modification-date": "the later modification time",
    "older-file-modification-date": "the earlier modification time",
    "smaller-distance": "the smaller fingerprint distance to the file searched for",
    "bigger-distance": "the bigger fingerprint distance to the file searched for",
    "longer-file-name": "the longer base name, extension included",
    "shorter-file-name": "the shorter base name, extension included",
    "longer-folder-path": "the longer folder path",
    "shorter-folder-path": "the shorter folder path",
    "higher-score": "the higher search score, where the index gives one; else a tie",
    "lower-score": "the lower search score, where the index gives one; else a tie",
    "doesnt-contain-copy-in-file-name": 'a base name without "copy" in it, in any case of letters',
    "contains-copy-in-file-name": "the same as doesnt-contain-copy-in-file-name, in spite of its name",
    "preferred-directory": "a file below one of deduplication.preferred_directories, the first of them first",
    "avoided-directory": "a file below none of deduplication.avoided_directories",
    "preferred-format": "a format of deduplication.preferred_formats, the first of them first",
    "longer-path": "no effect; accepted because older files list it",
    "shorter-path": "no effect; accepted because older files list it",
}
