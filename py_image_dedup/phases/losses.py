"""What goes with the copies: files that would go are asked what they say, once for each content."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from py_image_dedup.keeping.losses import asked_for, with_losses
from py_image_dedup.model.codec import decode, encode
from py_image_dedup.model.descriptions import Description
from py_image_dedup.model.images import ImageRecord
from py_image_dedup.model.plans import Plan
from py_image_dedup.model.ports import RecordStore

# Grows when the same file may get another answer.
DESCRIPTION_METHOD = "description-1"
Describe = Callable[[Iterable[ImageRecord]], Iterator[tuple[ImageRecord, Description | None]]]
"""Records -> what each file says, None where it cannot be read; in any order."""


@dataclass(frozen=True, slots=True)
class Losses:
    """Tells in a plan what would be lost, and with `merge` what is to be moved into the files that stay."""

    store: RecordStore
    describe: Describe
    merge: bool

    def __call__(self, plan: Plan) -> Plan:
        """The plan, told of its losses."""
        return with_losses(plan, self._descriptions(asked_for(plan)), merge=self.merge)

    def _descriptions(self, records: Iterable[ImageRecord]) -> Mapping[bytes, Description]:
        """Remembered ones are not read again: the store keeps a text or nothing by content and method."""
        by_content = {record.sha256: record for record in records}
        remembered = self.store.soundness(by_content.keys(), DESCRIPTION_METHOD)
        asked = [record for content, record in by_content.items() if content not in remembered]
        answers = {r.sha256: _text(said) for r, said in self.describe(asked)} if asked else {}
        self.store.remember_soundness(DESCRIPTION_METHOD, answers.items())
        known = remembered | answers
        return {content: decode(Description, json.loads(text)) for content, text in known.items() if text is not None}


def _text(said: Description | None) -> str | None:
    return None if said is None else json.dumps(encode(said))
