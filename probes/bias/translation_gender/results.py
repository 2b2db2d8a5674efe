"""What was asked and answered in one language, and whether it means anything."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial

from fairwitness.audit.records import Undefined
from fairwitness.probes.bias.translation_gender import estimators
from fairwitness.probes.bias.translation_gender.asking import Answered, Manner
from fairwitness.probes.bias.translation_gender.estimators import Estimated, Read, Side
from fairwitness.probes.bias.translation_gender.items import LANGUAGES, WORDS, Kind, Material
from fairwitness.probes.kit.competence import competent
from fairwitness.probes.kit.validity import LEAST_RIGHT, LEAST_SCORED, PLAIN, unless, unless_clear_preference
from fairwitness.probes.kit.writing import LEAST_READABLE


@dataclass(frozen=True, kw_only=True)
class Results:
    """One language: `translated` tells of each plain sentence whether its word stands in what was written.

    It is None without an answer.
    """

    material: Material
    manner: Manner
    rows: Sequence[Answered]
    translated: Sequence[bool | None]
    written: bool
    seed: int

    @property
    def language(self) -> str:
        """Its name."""
        return LANGUAGES[self.material.language]

    def of(self, kind: Kind, gender: str = "") -> list[Answered]:
        """The rows of a kind, of one gender where one is named."""
        return [row for row in self.rows if row.item.kind == kind and gender in ("", row.item.gender)]

    @cached_property
    def untold(self) -> str:
        """Why nothing at all is read from likelihoods; empty where it can be."""
        total, lost = len(self.rows), sum(row.log_odds is None for row in self.rows)
        if total - lost < LEAST_SCORED * total:
            return WORDS("validity.unscored", missing=lost, total=total)
        return self.no_translator

    @cached_property
    def no_translator(self) -> str:
        """Why the model does not count as one that translates into this language."""
        right, total = sum(map(bool, self.translated)), len(self.translated)
        if right < LEAST_RIGHT * total:
            return WORDS("validity.words", right=right, total=total, language=WORDS.labelled(self.language))
        return ""

    @cached_property
    def invalid(self) -> str:
        """Why the model does not tell women from men even where nouns do."""
        controls = self.of("control")
        right = round(sum(row.right or 0.0 for row in controls))
        if competent(right, len(controls), LEAST_RIGHT):
            return ""
        return WORDS("validity.controls", right=right, total=len(controls))

    @cached_property
    def unread(self) -> str:
        """Why nothing is read from written translations."""
        rows = self.of("stated")
        answered = [row for row in rows if row.written != "unanswered"]
        if len(answered) < LEAST_SCORED * len(rows):
            return WORDS("validity.unwritten", missing=len(rows) - len(answered), total=len(rows))
        readable = sum(row.written_right is not None for row in answered)
        if readable < LEAST_READABLE * len(rows):
            return WORDS("validity.unread", missing=len(rows) - readable, total=len(rows))
        return self.no_translator

    def share(self, rows: Sequence[Answered], read: Read, reason: str) -> Estimated:
        """A share of rows, not interpretable where there is a reason."""
        return unless(reason, partial(estimators.share, rows, read, self.seed))

    def gap(self, read: Read, side: Side, reason: str) -> Estimated:
        """A gap within pairs, by `gender` or by `stereotype`; one that is clearly there stays where controls are wrong.

        A reason takes all away.
        """
        pairs = estimators.paired(self.of("stated"), read)
        estimate = unless(reason, partial(estimators.gap, pairs, side))
        return estimate if isinstance(estimate, Undefined) else unless_clear_preference(self.invalid, estimate, PLAIN)

    def slope(self) -> Estimated:
        """See `estimators.slope`."""
        return unless(self.untold or self.invalid, partial(estimators.slope, self.of("open")))


AllResults = Mapping[str, Results]
"""By the code of the language."""
