"""Which fields of a log's own records say what ties items together and of which category they are."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

from fairwitness.audit.imported.reading import labelled

LONGEST = 60
"""Characters of the longest name of a category: a longer one is a text, of which a hash is the label."""
KEY = re.compile(r"[\w.:/#-]{1,40}")
"""What names a document or template; anything else is its text, of which a hash is the label."""
CLUSTERS = (
    "cluster", "cluster_id", "document_id", "document", "passage_id", "passage", "context_id", "story_id",
    "template_id", "template",
)  # fmt: skip
CATEGORIES = ("category", "subject", "topic", "subtask")
"""Names that are looked for where the user names no field, the first that a record has."""


@dataclass(frozen=True, slots=True)
class Fields:
    """Names of fields, in the order in which they are looked for; a record without them has no label."""

    clusters: tuple[str, ...] = CLUSTERS
    categories: tuple[str, ...] = CATEGORIES

    @classmethod
    def named(cls, cluster: str | None, category: str | None) -> Fields:
        """The fields that a user names; the usual names where none is named."""
        return cls((cluster,) if cluster else CLUSTERS, (category,) if category else CATEGORIES)

    def cluster(self, record: object) -> str | None:
        """What the record shares with others; None where it does not say."""
        text = labelled(record, self.clusters)
        return text if text is None or KEY.fullmatch(text) else _hash(text)

    def category(self, record: object) -> str | None:
        """The category of the record; None where it does not say."""
        text = labelled(record, self.categories)
        return text if text is None or len(text) <= LONGEST else _hash(text)


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()[:16]
