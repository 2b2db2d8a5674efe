"""Several variants of one model against it: each compared with the same run, and all changes judged in one family."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from fairwitness.audit.comparison.drafts import check_comparable, check_sizes, compared, drafted, ruled
from fairwitness.audit.comparison.judging import judge
from fairwitness.audit.comparison.types import Change, Comparison
from fairwitness.audit.comparison.words import WORDS
from fairwitness.audit.errors import BadRun
from fairwitness.audit.records import Audit


def compare_variants(
    original: Audit,
    variants: Mapping[str, Audit],
    *,
    name: str = "original",
    margin: float | None = None,
    min_effect: float | None = None,
) -> dict[str, Comparison]:
    """A comparison with the original for each variant, by its name.

    As `compare`, but for the correction: Holm's runs over the metrics of all variants together, those that a rule can
    fail a release for in one family and all others in another. So in each the chance that any variant is falsely said
    to have changed in anything is at most 5 %, however many variants and probes there are. Raises BadRun where a
    variant has nothing to compare, ValueError for a margin or a least effect of 0 or less.
    """
    check_sizes(margin, min_effect)
    drafts = {variant: drafted(original, audit) for variant, audit in variants.items()}
    family: list[Change] = []
    ends: dict[str, tuple[int, int]] = {}
    for variant, draft in drafts.items():
        try:
            check_comparable(draft)
        except BadRun as problem:
            raise BadRun(f"{variant}: {problem}") from problem
        changes = ruled(draft)
        ends[variant] = len(family), len(family) + len(changes)
        family += changes
    judged = judge(family, margin, min_effect)
    made: dict[str, Comparison] = {}
    for variant, draft in drafts.items():
        first, last = ends[variant]
        names = (name, variant)
        result = compared(draft, judged[first:last], names=names, margin=margin, min_effect=min_effect)
        made[variant] = replace(result, warnings=(*result.warnings, *_together(judged, len(drafts))))
    return made


def _together(judged: Sequence[Change], variants: int) -> tuple[str, ...]:
    """That changes of other variants were judged together with these; nothing where there are none."""
    if variants == 1:
        return ()
    tested = [change.gated for change in judged if change.adjusted is not None]
    gated = sum(tested)
    return (WORDS("warning.family", gated=gated, others=len(tested) - gated),)
