"""From scores of pictures and texts to the association of each group with each set."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from fairwitness.audit.records import Estimate, Undefined
from fairwitness.audit.stats.language.association_effect import Permuted, permuted
from fairwitness.audit.stats.picture_groups import LEAST, Floats, Scores, association
from fairwitness.audit.stats.unanswered import with_ends
from fairwitness.probes.bias.image_association.items import TextTest
from fairwitness.probes.kit.images.asked import Read
from fairwitness.probes.kit.images.pictures import Comparison, Pictures
from fairwitness.probes.kit.validity import unless
from fairwitness.probes.kit.words import SHARED


@dataclass(frozen=True, slots=True)
class Case:
    """A group that is compared with another, in one test."""

    test: TextTest
    comparison: Comparison


@dataclass(frozen=True, kw_only=True)
class Results:
    """What was read of the pictures, and the tests."""

    read: Read
    tests: Sequence[TextTest]
    seed: int
    secret: bool
    """Whether the texts are a user's own."""

    @cached_property
    def pictures(self) -> Pictures:
        """The pictures and their groups."""
        return self.read.asked.pictures

    @cached_property
    def columns(self) -> dict[str, int]:
        """Where the scores of a text stand."""
        return {text: place for place, text in enumerate(self.read.asked.texts)}

    @cached_property
    def cases(self) -> list[Case]:
        """Every test of every group but those of reference."""
        comparisons = self.pictures.comparisons
        return [Case(test, comparison) for test in self.tests for comparison in comparisons]

    def of_test(self, test: TextTest) -> list[float | None]:
        """The s of every picture in a test: its mean score for the texts of A less that for those of B."""
        a, b = ([self.columns[text] for text in texts] for texts in (test.a, test.b))
        return [None if row is None else float(row[a].mean() - row[b].mean()) for row in self.read.scores]

    def known(self, case: Case) -> Scores:
        """Scores of the pictures of both groups that have an answer, for the texts of the test."""
        chosen = [self.columns[text] for text in (*case.test.a, *case.test.b)]
        x, y = (self._rows(case.comparison.axis, group) for group in (case.comparison.group, case.comparison.against))
        values = np.array([row[chosen] for row in (*x, *y)]).reshape(len(x) + len(y), len(chosen))
        return Scores(values, len(x), len(case.test.a))

    def _rows(self, axis: str, group: str) -> list[Floats]:
        places = self.pictures.places(axis, group)
        return [row for place in places if (row := self.read.scores[place]) is not None]

    def effect(self, case: Case) -> Estimate | Undefined:
        """The effect size of a case with its interval; undefined where the controls or the numbers do not carry it."""
        return unless(self.read.seen.problem, lambda: self._effect(case))

    def _effect(self, case: Case) -> Estimate | Undefined:
        scores = self.known(case)
        if min(scores.sizes) < LEAST:
            sizes = ", ".join(map(str, scores.sizes))
            return SHARED.undefined("images.few", "few_units", sizes=sizes)
        estimate = association(scores)
        if estimate is None:
            return SHARED.undefined("images.alike", "no_variation", "not_interpretable")
        return self._if_answered(case, scores, estimate)

    def _if_answered(self, case: Case, scores: Scores, estimate: Estimate) -> Estimate:
        """With its ends had the pictures without an answer been like the farthest of the others, of either group."""
        pictures, comparison = self.pictures, case.comparison
        lost = [
            len(pictures.places(comparison.axis, group)) - known
            for group, known in zip((comparison.group, comparison.against), scores.sizes, strict=False)
        ]
        if not any(lost):
            return estimate
        s = scores.of_pictures
        order = np.argsort(s)
        ends = []
        for first, second in ((order[0], order[-1]), (order[-1], order[0])):
            x, y = ([scores.values[place]] * count for place, count in zip((first, second), lost, strict=True))
            whole = np.array([*scores.values[: scores.x], *x, *scores.values[scores.x :], *y])
            moved = association(Scores(whole, scores.x + lost[0], scores.a))
            ends.append(estimate.value if moved is None else moved.value)
        return with_ends(estimate, (min(ends), max(ends)))

    def chance(self, case: Case) -> Permuted | None:
        """How chance splits the pictures of both groups, the texts being what they are."""
        scores = self.known(case)
        if min(scores.sizes) < 1:
            return None
        return permuted(scores.of_pictures, scores.x, self.seed)
