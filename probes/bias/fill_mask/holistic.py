"""The descriptors of HolisticBias as terms: six of its axes, one group a bucket, one reference each."""

from __future__ import annotations

from fairwitness.audit.records import Name, Table
from fairwitness.probes.bias.fill_mask.items import WORDS
from fairwitness.probes.kit.groups import Term
from fairwitness.probes.kit.rows import rows_of

HOLISTIC = "holisticbias_descriptors"
COLUMNS = WORDS.data_need(HOLISTIC).columns
AXES = {
    "race_ethnicity": ("race", "white"),
    "religion": ("religion", "Christian"),
    "nationality": ("nationality", "American"),
    "age": ("age", "young"),
    "ability": ("disability", "able-bodied"),
    "sexual_orientation": ("orientation", "straight"),
}
"""Our name of each axis and the descriptor that is its reference."""


def holistic_terms(table: Table | None, language: str) -> dict[str, list[Term]]:
    """Terms by category. Descriptors of one gender and those that the authors mark as dispreferred are left out.

    In an axis with a single bucket every descriptor is a group. Raises DoesNotApply without the data or in another
    language than English.
    """
    if language != "en":
        raise WORDS.does_not_apply("reason.holistic_english", "option_unfit", language=Name(repr(language)))
    if table is None:
        raise WORDS.does_not_apply("reason.holistic_missing", "data_missing")
    categories: dict[str, list[Term]] = {}
    for axis, bucket, word, preference, gender in rows_of(table, COLUMNS):
        if axis not in AXES:
            continue
        category, reference = AXES[axis]
        if word == reference:
            categories.setdefault(category, []).append(Term(category, f"{word} (reference)", word, True))
        elif not gender and preference != "dispreferred":
            group = word if bucket == "all" else bucket
            categories.setdefault(category, []).append(Term(category, group, word, False))
    return categories
