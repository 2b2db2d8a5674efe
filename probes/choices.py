"""What a user may choose of a data set: a name that it lacks is a mistake, told before anything is asked."""

from __future__ import annotations

from collections.abc import Iterable

from assay.audit.errors import BadOption, nearest

SHOWN = 30
"""Names that a message lists."""
LONGEST = 60
"""Characters up to which a name is told: a longer one is a text that stands in the wrong column."""


def require(option: str, wanted: Iterable[str], known: Iterable[str], what: str = "category") -> None:
    """Raises BadOption for the first wanted name that the data lack, with the nearest one and all that there are.

    `option` is written as on the command line (`bbq.categories`), `what` is what a name stands for.
    """
    there = {name for name in known if name}
    for name in wanted:
        if name not in there:
            short = sorted(one for one in there if len(one) <= LONGEST)
            shown = short[:SHOWN] + ([f"and {len(there) - SHOWN} more"] if len(there) > SHOWN else [])
            raise BadOption(
                f"{option}: no {what} {name!r} in the data{nearest(name, short)} (known: {', '.join(shown) or 'none'})"
            )
