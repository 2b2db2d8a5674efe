"""Groups and contrasts as the sentences of this probe say them."""

from __future__ import annotations

from collections.abc import Mapping

from fairwitness.audit.records import Estimate, Undefined
from fairwitness.probes.fairness.representation.groupings import Grouping
from fairwitness.probes.kit.claims import concluded, escaped


def named(by: Mapping[str, str]) -> str:
    """The rows of a group."""
    return "rows with " + " and ".join(f"{column} {value}" for column, value in by.items())


def differs(grouping: Grouping, at: int, estimate: Estimate | Undefined, verb: str) -> str:
    """Whether a group does something more or less often than the reference."""
    who, other = named(grouping.by(at)), named(grouping.by(grouping.reference or 0))
    return concluded(
        f"How much more or less often {who} {verb} than {other}",
        estimate,
        above=escaped(f"More of the {who} {verb} than of the {other}, by ") + "{size}",
        below=escaped(f"Fewer of the {who} {verb} than of the {other}, by ") + "{size}",
        unshown=escaped(f"That {who} {verb} more or less often than {other} is not shown"),
    )
