"""Waivers as a document tells them: who accepts what until when, and what became of each verdict that one speaks of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

Effect: TypeAlias = Literal["waived", "expired", "exceeded", "not_covered", "not_named"]
"""What a waiver does to a verdict: takes it away; or does not, since its last day is over, its ceiling is exceeded, it
does not say that it covers what was not measured or cannot be read, or names other groups of that metric."""


@dataclass(frozen=True, slots=True)
class WaiverMeeting:
    """A verdict that a waiver speaks of, or nearly does. Rule and fingerprint name the verdict."""

    rule: str
    fingerprint: str
    effect: Effect
    contradicted: bool = False
    """Whether another waiver that has not expired speaks of the verdict with another owner, approval or ceiling."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WaiverUse:
    """A waiver of the policy, and every verdict that it met; dates as in 2026-12-31."""

    target: str
    """What it names: a selector or a fingerprint."""
    reason: str
    owner: str
    expires: str
    approved_by: str = ""
    ticket: str = ""
    created: str = ""
    max_value: float | None = None
    covers: tuple[str, ...] = ()
    """The kinds of absence that it covers."""
    meetings: tuple[WaiverMeeting, ...] = ()
