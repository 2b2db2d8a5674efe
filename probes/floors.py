"""What a validity check that was missed leaves of a metric."""

from __future__ import annotations

from collections.abc import Callable

from assay.audit.records import Estimate, Undefined
from assay.probes.competence import leans


def unless(reason: str, value: Callable[[], Estimate | Undefined]) -> Estimate | Undefined:
    """The value, or where there is a `reason` why the answers do not mean what it claims, that: not interpretable."""
    return Undefined(reason, "not_interpretable") if reason else value()


def unless_leaning(reason: str, found: Estimate | Undefined, by: float) -> Estimate | Undefined:
    """The same of a check that keeps answers by chance from passing for even ones: no lean beyond `by` is chance."""
    return Undefined(reason, "not_interpretable") if reason and not leans(found, by) else found
