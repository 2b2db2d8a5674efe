"""What sentences call the rows of a table, their groups, what is decided of them and what is true of them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fairwitness.audit.records import Name, joined, opened
from fairwitness.probes.kit.decisions.words import WORDS

COLUMNS = frozenset(
    {"citizenship", "ethnic", "ethnicity", "gender", "nationality", "origin", "race", "religion", "sex"}
)
"""Words in the name of a column whose values are what people are called by: Asian, female, Catholic."""
GENERAL = frozenset(
    {"any", "false", "foreign", "missing", "mixed", "none", "other", "others", "true", "unknown", "yes"}
)
"""Values that say nothing of people without the name of their column."""
_SPEAKS = re.compile(r"[^\W\d_]{3,}([ -][^\W\d_]{2,}){0,3}")
_BE = {"is": "are", "are": "are", "was": "were", "were": "were"}
_MODAL = frozenset({"can", "could", "may", "might", "must", "should", "will", "would"})
_NOT = "do not"
_HISS = ("ches", "goes", "shes", "sses", "xes", "zes")


@dataclass(frozen=True, slots=True)
class OutcomeWords:
    """One outcome in sentences: the decision as a noun, what is said of rows that get it and that do not, the truth."""

    chosen: str = ""
    get: str = ""
    get_not: str = ""
    truth: str = ""

    @property
    def names(self) -> dict[str, Any]:
        """The places of sentences that it fills."""
        return {"chosen": self.chosen, "get": self.get, "get_not": self.get_not, "truth": self.truth}


@dataclass(frozen=True, slots=True, kw_only=True)
class Naming:
    """How a user calls what a table holds.

    `unit` is what a row stands for, in the plural, `favourable` what the counted decision means as a verb (both empty
    where nobody said); `label` the column of true outcomes. `several` says that some people have several rows.
    `ambiguous` are values that several group columns have.
    """

    unit: str = ""
    favourable: str = ""
    label: str = ""
    several: bool = False
    ambiguous: frozenset[str] = frozenset()

    @property
    def rows(self) -> str:
        """What the table holds, in the plural."""
        if not self.unit:
            return WORDS("naming.rows")
        return WORDS("naming.rows_of", unit=Name(self.unit)) if self.several else Name(self.unit)

    @property
    def units(self) -> str:
        """What sizes of groups count: rows, or people where some have several."""
        if self.unit:
            return Name(self.unit)
        return WORDS("naming.people" if self.several else "naming.rows")

    def condition(self, key: str, **values: str) -> str:
        """The rows, or the people with rows, that meet a condition of `[condition]`."""
        if not self.several:
            return WORDS(f"condition.{key}", rows=self.rows, **values)
        rows = WORDS(f"condition.{key}", rows=WORDS("naming.rows"), **values)
        return WORDS("condition.several", units=self.units, rows=rows)

    @property
    def every(self) -> str:
        """All rows."""
        return WORDS("naming.every", rows=self.rows)

    def group(self, by: Mapping[str, str]) -> str:
        """The rows of a group: `Asian defendants`, or with its column where the value does not speak for itself."""
        values = [value for column, value in by.items() if self.speaks(column, value)]
        labels = [
            WORDS("naming.label", column=Name(column), value=Name(value))
            for column, value in by.items()
            if not self.speaks(column, value)
        ]
        rows = self.rows
        if values:
            spoken = WORDS("naming.spoken", values=Name(" ".join(values)), unit=Name(self.unit))
            rows = WORDS("naming.rows_of", unit=spoken) if self.several else spoken
        return WORDS("naming.with", rows=rows, labels=joined(WORDS("naming.and"), labels)) if labels else rows

    def speaks(self, column: str, value: str) -> bool:
        """Whether people are called by a value without the name of its column; rows never are."""
        words = set(re.findall(r"[^\W\d_]+", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", column).replace("_", " ").casefold()))
        known = bool(self.unit) and not words.isdisjoint(COLUMNS) and value not in self.ambiguous
        return known and _SPEAKS.fullmatch(value) is not None and value.casefold() not in GENERAL

    def outcome(self, value: str) -> OutcomeWords:
        """An outcome, or a rule that is counted as one."""
        return self.decided(WORDS("naming.decision", value=Name(value)), value)

    def at_least(self, what: str, threshold: float, value: str) -> OutcomeWords:
        """A score, or a decision that is a number, which reaches a threshold; `value` is the counted true outcome."""
        return self.decided(WORDS(f"naming.{what}_at_least", threshold=f"{threshold:g}"), value)

    def decided(self, decision: str, value: str) -> OutcomeWords:
        """The words of a decision, by what the user calls it where that was said."""
        truth = WORDS("naming.truth_in" if self.label else "naming.truth", value=Name(value), label=Name(self.label))
        if not self.favourable:
            get, get_not = (WORDS(f"naming.{form}", decision=decision) for form in ("get", "get_not"))
            return OutcomeWords(decision, get, get_not, truth)
        verb, verb_not = plural(self.favourable)
        get_not = WORDS("naming.named", verb=Name(verb_not)) if verb_not else WORDS("naming.otherwise")
        chosen = WORDS("naming.named_decision", decision=decision, name=Name(self.favourable))
        return OutcomeWords(chosen, WORDS("naming.named", verb=Name(verb)), get_not, truth)


UNNAMED = OutcomeWords()
RIGHT = OutcomeWords(WORDS("naming.true_class"), WORDS("naming.get_true_class"), WORDS("naming.get_other_class"))
"""What is said where each row's true class is counted."""


ROWS = Naming()
"""Rows, of which nobody said what they are."""


def plural(said: str) -> tuple[str, str]:
    """A verb of one person as one of several, and its negation; that is empty where the verb is not known as such.

    >>> plural("is granted the loan")
    ('are granted the loan', 'are not granted the loan')
    >>> plural("gets a loan"), plural("passes")
    (('get a loan', 'do not get a loan'), ('pass', 'do not pass'))
    >>> plural("bekommt den Kredit")
    ('bekommt den Kredit', '')
    """
    first, _, rest = said.strip().partition(" ")
    first, rest = first.casefold(), f" {rest}" if rest else ""
    if first in _BE:
        return f"{_BE[first]}{rest}", f"{_BE[first]} not{rest}"
    if first in _MODAL:
        return f"{first}{rest}", f"{first} not{rest}"
    if first == "has":
        return f"have{rest}", f"have not{rest}" if rest.startswith(" been ") else f"{_NOT} have{rest}"
    base = _base(first)
    return (f"{base}{rest}", f"{_NOT} {base}{rest}") if base else (said.strip(), "")


def _base(verb: str) -> str:
    """The plural of a verb that ends as one of a single person does; empty where it does not."""
    if not re.fullmatch(r"[a-z]{2,}[^suiao]s|[a-z]{2,}oes", verb):
        return ""
    if verb.endswith("ies") and len(verb) > 4:
        return f"{verb[:-3]}y"
    return verb[:-2] if verb.endswith(_HISS) else verb[:-1]


def capital(text: str) -> str:
    """The text with a capital at its start, in every language; a name stays one."""
    said = opened(text)
    return Name(said) if isinstance(text, Name) else said
