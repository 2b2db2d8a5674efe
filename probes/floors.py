"""What a validity check that was missed leaves of a metric."""

from __future__ import annotations

from collections.abc import Callable

from assay.audit.records import Estimate, Undefined


def unless(reason: str, value: Callable[[], Estimate | Undefined]) -> Estimate | Undefined:
    """The value, or where there is a `reason` why the answers do not mean what it claims, that: not interpretable."""
    return Undefined(reason, "not_interpretable") if reason else value()
