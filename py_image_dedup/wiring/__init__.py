"""Settings made into parts. The only room that names a backend."""

INDEX_FILE = "index.sqlite"
ROOTS_FILE = "roots.json"
VERDICTS_FILE = "verdicts.sqlite"
WORDS_FILE = "words.sqlite"
