"""What metrics say of themselves, from the tags and labels of probes that do not declare their measures yet."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TypedDict

from fairwitness.audit.records import Better, Role, Scope

DETAIL = frozenset({"detail", "intersection"})
DESCRIBING = frozenset({"description", "reliability", "control", "neutral", "public_domain"})
AGAINST = "reference"
WAYS = frozenset({"counted", "direction", "label", "method", "methods", "score", "scoring", "scorings", "threshold"})
"""Labels of our own probes that name a way of measuring."""
PARTS = frozenset({"completions", "groups", "part", "professions", "test", "texts", "topic", "type"})
"""Labels of our own probes that name a part of the material. Columns of a user's table never come here."""
VARIANTS = WAYS | PARTS


class Standing(TypedDict):
    """The fields of a metric that say what it is for and whether its intervals hold together."""

    role: Role
    scope: Scope
    joint: bool


class Labels(TypedDict):
    """The fields of a metric that tell it from others of its name."""

    by: Mapping[str, str]
    against: str | None
    variant: Mapping[str, str]


def standing(tags: Collection[str], better: Better, *, part: bool) -> Standing:
    """The standing of a metric with these tags; `part`: it speaks of a group or part, or compares two."""
    described = better == "none" or DESCRIBING & set(tags)
    return Standing(
        role="competence" if "competence" in tags else "description" if described else "bias",
        scope="detail" if DETAIL & set(tags) else "group" if part else "overall",
        joint="simultaneous" in tags,
    )


def labelled(labels: Mapping[str, str]) -> Labels:
    """The labels of one of our own probes, told apart."""
    kept = {key: value for key, value in labels.items() if key != AGAINST}
    return Labels(
        by={key: value for key, value in kept.items() if key not in VARIANTS},
        against=labels.get(AGAINST),
        variant={key: value for key, value in kept.items() if key in VARIANTS},
    )


def parted(labels: Mapping[str, str]) -> bool:
    """Whether one of our own probes speaks of a group or part here, and not only of a way of measuring."""
    return bool(labels.keys() - WAYS)
