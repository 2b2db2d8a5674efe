"""What was read of all sentences, and why nothing may be concluded from it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from fairwitness.audit.internals import Layers, Translators
from fairwitness.audit.records import Estimate, Undefined
from fairwitness.audit.stats.crossed.slope import Point, answered_slope
from fairwitness.audit.stats.grouping import grouped
from fairwitness.audit.stats.unanswered import extremes
from fairwitness.probes.explanation.lens.items import WORDS, Floats, Item, Score, Sentence, path_of, tuned_path_of
from fairwitness.probes.kit.competence import competent, silent
from fairwitness.probes.kit.validity import LEAST_RIGHT, LEAST_SCORED

SAME = 0.01
"""Nats by which the last layer may differ from what the model itself says."""
WORSE = 1.01
"""Times the divergence of the plain lens that the tuned one may have: translators that change nothing are not worse."""
SHOWN = 12
"""Digits of a fingerprint that a sentence shows."""
UNEXPLAINED = 0.01
"""Share of all that the parts add, whatever its sign, which may be missing from their sum."""


@dataclass(frozen=True, slots=True)
class Control:
    """A sentence whose noun decides the pronoun; `layers` are None without an answer."""

    sentence: Sentence
    text: str
    layers: Layers | None

    @property
    def right(self) -> bool:
        """Whether the last layer says the pronoun that the noun asks for; a tie is wrong."""
        return self.layers is not None and self.at_layer(-1)

    def at_layer(self, layer: int) -> bool:
        """Whether a layer says the right one."""
        if self.layers is None:
            return False
        path = path_of(self.layers)
        odds = float(path[layer]) if layer < len(path) else 0.0
        return odds != 0 and self.sentence.fillers[0 if odds > 0 else 1] == self.sentence.expected


@dataclass(frozen=True)
class Responses:
    """Everything that was read."""

    scores: Sequence[Score]
    lost: Sequence[Item]
    why: str
    """Why a sentence has no answer, of the first that has none."""
    controls: Sequence[Control]
    seed: int
    translators: Translators | None = None

    @cached_property
    def layers(self) -> int:
        """Number of layers."""
        return len(self.scores[0].path) - 1

    @cached_property
    def paths(self) -> Floats:
        """Log-odds [sentence, layer]."""
        return np.array([score.path for score in self.scores])

    @cached_property
    def tuned_paths(self) -> Floats:
        """The same by the tuned lens; [sentence, 0] where the layers were not read by one."""
        return np.array([tuned_path_of(score.layers) for score in self.scores])

    @property
    def tuned(self) -> bool:
        """Whether the layers were read by a tuned lens too."""
        return bool(self.tuned_paths.size)

    @cached_property
    def away(self) -> tuple[float, float]:
        """Mean KL(final || layer) over the layers before the last, of the logit lens and of the tuned one, in nats."""
        plain = np.array([score.layers.divergences for score in self.scores])
        tuned = np.array([score.layers.tuned_divergences for score in self.scores])
        return float(plain[:, :-1].mean()), float(tuned[:, :-1].mean())

    @cached_property
    def untuned(self) -> str:
        """Why nothing can be concluded from the tuned lens: it says no more than the plain one does."""
        if not self.tuned:
            return WORDS("validity.not_tuned")
        plain, tuned = self.away
        if tuned <= WORSE * plain:
            return ""
        return WORDS("validity.other_model", plain=f"{plain:.3g}", tuned=f"{tuned:.3g}")

    @property
    def tuned_note(self) -> str:
        """Which translators were taken, and what they are worth."""
        name = "" if self.translators is None else self.translators.sha256[:SHOWN]
        if self.untuned:
            return WORDS("note.untuned", sha256=name, reason=self.untuned)
        plain, tuned = self.away
        return WORDS("note.tuned", sha256=name, plain=f"{plain:.3g}", tuned=f"{tuned:.3g}")

    @cached_property
    def women(self) -> Floats:
        """Whether the occupation of each sentence is held mostly by women, as 1 or 0."""
        return np.array([float(score.item.group == "women") for score in self.scores])

    @cached_property
    def reason(self) -> str:
        """Why nothing can be concluded; empty when something can."""
        return self.unread or self.differing or self.wrong

    @cached_property
    def unread(self) -> str:
        """That too few sentences were read."""
        total = len(self.scores) + len(self.lost)
        if len(self.scores) >= LEAST_SCORED * total:
            return ""
        return WORDS("validity.unscored", missing=len(self.lost), total=total, reason=self.why)

    @cached_property
    def differing(self) -> str:
        """That the last layer is not what the model says: then the lens reads something else."""
        worst = max(abs(float(score.path[-1]) - (score.layers.own[0] - score.layers.own[1])) for score in self.scores)
        return WORDS("validity.last_layer", worst=f"{worst:.2g}", most=SAME) if worst > SAME else ""

    @cached_property
    def wrong(self) -> str:
        """That the model does not say the right pronoun where the noun decides it."""
        right, asked = sum(control.right for control in self.controls), len(self.controls)
        if competent(right, asked, LEAST_RIGHT):
            return ""
        answered = sum(control.layers is not None for control in self.controls)
        return WORDS("validity.controls", right=right, asked=asked, silent=silent(answered, asked))

    @cached_property
    def parts_unread(self) -> str:
        """Why the parts are not told apart at all; empty where they are."""
        return next((score.layers.unread for score in self.scores if score.layers.unread), "")

    @cached_property
    def parts_reason(self) -> str:
        """Why nothing can be concluded from what the parts add."""
        if self.parts_unread:
            return WORDS("validity.no_parts", reason=self.parts_unread)
        if (worst := max(self.unexplained)) > UNEXPLAINED:
            return WORDS("validity.residual", worst=f"{worst:.2g}", most=UNEXPLAINED)
        return ""

    @cached_property
    def unexplained(self) -> list[float]:
        """Of each sentence the share of what its parts add that is missing from their sum."""
        return [abs(score.layers.residual) / (score.layers.gross or 1.0) for score in self.scores]

    def gap(self, values: Sequence[float] | Floats) -> Estimate | Undefined:
        """The mean of values of the sentences, of occupations held mostly by women less of those held mostly by men.

        With both occupations and families of sentences as chance (`slope_estimate`, of a share that is 0 or 1).
        """
        listed = [float(value) for value in values]
        points = [_point(score.item, value) for score, value in zip(self.scores, listed, strict=True)]
        return answered_slope(points, [_point(item, 0.0) for item in self.lost], extremes(listed))

    def difference(self, values: Floats) -> Floats:
        """The same without an interval, of values [sentence, ...]: within families, then over them."""
        families = grouped(range(len(self.scores)), lambda place: self.scores[place].item.template.family)
        differences = []
        for places in families.values():
            women = [place for place in places if self.women[place]]
            men = [place for place in places if not self.women[place]]
            if women and men:
                differences.append(values[women].mean(axis=0) - values[men].mean(axis=0))
        return np.array(differences)

    def grid(self, group: str, paths: Floats) -> Floats:
        """The paths of a group [occupation, family, layer]; NaN where a sentence was not read."""
        places = self.of_group(group)
        items = [self.scores[place].item for place in places]
        occupations = list(dict.fromkeys(item.occupation.key for item in items))
        families = list(dict.fromkeys(score.item.template.family for score in self.scores))
        grid = np.full((len(occupations), len(families), self.layers + 1), np.nan)
        for place, item in zip(places, items, strict=True):
            grid[occupations.index(item.occupation.key), families.index(item.template.family)] = paths[place]
        return grid

    def of_group(self, group: str) -> list[int]:
        """The places of the sentences whose occupation is held mostly by a group."""
        return [place for place, score in enumerate(self.scores) if score.item.group == group]

    def values(self, read: Callable[[Score], float]) -> list[float]:
        """A number of each sentence."""
        return [read(score) for score in self.scores]


def _point(item: Item, value: float) -> Point:
    share = 1.0 if item.group == "women" else 0.0
    return Point(item.occupation.key, item.template.family, share, value)
