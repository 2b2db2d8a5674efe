"""The words of tables of decisions, and what makes a probe over one not apply."""

from __future__ import annotations

from fairwitness.audit.errors import BadData, BadOption
from fairwitness.audit.probe import DoesNotApply
from fairwitness.audit.records import quoted
from fairwitness.probes.kit.words import Words

WORDS = Words.beside(__file__)


def both_id_and(column: str, role: str) -> str:
    """What to say of a column that names people and is something else too."""
    return WORDS("both_id_and", column=quoted(column), role=role)


def unfit(problem: BadData | BadOption) -> DoesNotApply:
    """What a probe raises where only the answers showed that the table or the options do not fit."""
    return DoesNotApply(str(problem), "data_unfit" if isinstance(problem, BadData) else "option_unfit")
