"""What sentences call the rows of a table, their groups, what is decided of them and what is true of them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fairwitness.audit.records import Name, Translated, joined, opened
from fairwitness.probes.kit.decisions.verbs import ENGLISH, plural
from fairwitness.probes.kit.decisions.words import WORDS

COLUMNS = frozenset(
    {"citizenship", "ethnic group", "ethnicity", "gender", "nationality", "race", "race ethnicity", "religion", "sex"}
)
"""Names of columns whose values are what people are called by: Asian, female, Catholic. A longer name may speak of
others than those whom rows stand for (`officer_sex`, `mother_nationality`)."""
_SPEAKS = re.compile(r"[^\W\d_]{3,}([ -][^\W\d_]{2,}){0,3}")
_WORD = re.compile(r"[\W_]+")


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

    `unit` is what a row stands for, in the plural, `favourable` what the counted decision means as a verb, `true` what
    it means where it came true (all empty where nobody said); `label` the column of true outcomes. `several` says that
    some people have several rows. `ambiguous` are values that several group columns have, or that are spelled like
    another one.
    """

    unit: str = ""
    favourable: str = ""
    true: str = ""
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
        name = " ".join(re.sub(r"(?<=[a-z])(?=[A-Z])|[\W_]+", " ", column).casefold().split())
        known = bool(self.unit) and name in COLUMNS and value not in self.ambiguous
        return (
            known
            and _SPEAKS.fullmatch(value) is not None
            and ENGLISH["general"].isdisjoint(_WORD.split(value.casefold()))
        )

    def outcome(self, value: str) -> OutcomeWords:
        """An outcome, or a rule that is counted as one."""
        return self.decided(WORDS("naming.decision", value=Name(value)), value)

    def at_least(self, what: str, threshold: float, value: str) -> OutcomeWords:
        """A score, or a decision that is a number, which reaches a threshold; `value` is the counted true outcome."""
        return self.decided(WORDS(f"naming.{what}_at_least", threshold=f"{threshold:g}"), value)

    def decided(self, decision: str, value: str) -> OutcomeWords:
        """The words of a decision, by what the user calls it where that was said."""
        truth = self._truth(value)
        if not self.favourable:
            get, get_not = (WORDS(f"naming.{form}", decision=decision) for form in ("get", "get_not"))
            return OutcomeWords(decision, get, get_not, truth)
        chosen = WORDS("naming.named_decision", decision=decision, name=Name(self.favourable))
        if forms := plural(self.favourable):
            said = {language: self.favourable.strip() for language in WORDS.translations}
            get, get_not = (
                WORDS(f"naming.{form}", verb=Translated(verb, said))
                for form, verb in zip(("named", "not_named"), forms, strict=True)
            )
        else:
            meant = WORDS("naming.meant", name=Name(self.favourable.strip()))
            get, get_not = (WORDS(f"naming.{form}", decision=meant) for form in ("get", "get_not"))
        return OutcomeWords(chosen, get, get_not, truth)

    def _truth(self, value: str) -> str:
        if self.true:
            return WORDS("naming.truth_named", name=Name(self.true.strip()))
        return WORDS("naming.truth_in" if self.label else "naming.truth", value=Name(value), label=Name(self.label))


UNNAMED = OutcomeWords()
RIGHT = OutcomeWords(WORDS("naming.true_class"), WORDS("naming.get_true_class"), WORDS("naming.get_other_class"))
"""What is said where each row's true class is counted."""


ROWS = Naming()
"""Rows, of which nobody said what they are."""


def capital(text: str) -> str:
    """The text with a capital at its start; a name has none within the sentences of other languages."""
    said = opened(text)
    return Translated(said, dict.fromkeys(WORDS.translations, text)) if isinstance(text, Name) else said
