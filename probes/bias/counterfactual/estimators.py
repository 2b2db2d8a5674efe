"""Flip rates and changes of decisions, as they are and beyond those of the control pairs."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

import numpy as np

from fairwitness.audit import reasons, stats
from fairwitness.audit.records import Estimate, Undefined, quoted
from fairwitness.audit.stats.clusters import Clusters
from fairwitness.audit.stats.grouping import grouped
from fairwitness.audit.stats.unanswered import Ends, difference_if_answered, mean_if_answered
from fairwitness.probes.bias.counterfactual.answers import ScoredPair
from fairwitness.probes.bias.counterfactual.items import CONTROL, WORDS, Item
from fairwitness.probes.kit.tables import sd_of
from fairwitness.probes.kit.validity import LEAST_SCORED

Estimated = Estimate | Undefined
FEWEST = 4
"""Equally frequent phrases from which on they count as drawn by chance; two words for one group do not."""
RARE = 0.05
"""Least share of texts that must fall in another class than the commonest for few flips to tell something."""


@dataclass(frozen=True, slots=True)
class Pairs:
    """Pairs with answers to both texts, and those without."""

    scored: Sequence[ScoredPair]
    unscored: Sequence[Item]

    @property
    def items(self) -> list[Item]:
        """All of them."""
        return [*(pair.item for pair in self.scored), *self.unscored]

    def where(self, keep: Callable[[Item], bool]) -> Pairs:
        """Some of them."""
        return Pairs([pair for pair in self.scored if keep(pair.item)], [item for item in self.unscored if keep(item)])

    def of_kinds(self, kinds: AbstractSet[str]) -> Pairs:
        """Those with these kinds of edit."""
        return self.where(lambda item: item.kind in kinds)

    @property
    def asked(self) -> Pairs:
        """Those about groups."""
        return self.where(lambda item: item.category != CONTROL)

    @property
    def controls(self) -> Pairs:
        """The control pairs."""
        return self.where(lambda item: item.category == CONTROL)

    @property
    def controlled(self) -> Pairs:
        """Those about groups whose kind of edit control pairs have."""
        return self.asked.of_kinds({item.kind for item in self.controls.items})

    def by(self, *names: str) -> dict[tuple[str, ...], Pairs]:
        """Pairs that agree in these fields of an item; all of them where none is named."""

        def key(item: Item) -> tuple[str, ...]:
            return tuple(str(getattr(item, name)) for name in names)

        scored, unscored = grouped(self.scored, lambda pair: key(pair.item)), grouped(self.unscored, key)
        keys = dict.fromkeys([*scored, *unscored])
        return {labels: Pairs(scored.get(labels, []), unscored.get(labels, [])) for labels in keys}

    def flip_rate(self, *, own_texts: bool) -> Estimated:
        """The share that flips. Of a user's `own_texts` the texts alone are drawn by chance, and may flip whole."""
        if not self.scored:
            return self._nothing
        clusters = [pair.item.family for pair in self.scored] if own_texts else self.clusters
        rate = stats.share(self.flips, clusters, whole_clusters=own_texts)
        return mean_if_answered(rate, len(self.scored), len(self.unscored), (0.0, 1.0))

    def flip_rate_less(self, controls: Pairs) -> Estimated:
        """That share less the one of control pairs, which stand in the same sentences, mixed by kind as these are."""
        if not self.scored:
            return self._nothing
        other = controls.of_kinds({item.kind for item in self.items})
        if lacking := set(self.kinds) - set(other.kinds):
            return WORDS.undefined("reason.no_controls", "no_units", kinds=", ".join(sorted(lacking)))
        strata = (self.kinds, other.kinds)
        less = stats.share_difference(self.flips, other.flips, self.clusters, other.clusters, strata=strata)
        return difference_if_answered(less, self.ends, other.mixed_ends(self.items))

    def change(self, seed: int) -> Estimated:
        """The mean change, over pairs of which it is known which text is about the group."""
        oriented = self.where(lambda item: item.oriented)
        changes = [pair.change for pair in oriented.scored]
        return stats.mean(changes, oriented.clusters, (-1, 1), seed=seed, weigh="values")

    def change_size(self, seed: int) -> Estimated:
        """The mean size of the change."""
        return stats.mean(self.sizes, self.clusters, (0, 1), seed=seed, weigh="values")

    def change_size_less(self, controls: Pairs) -> Estimated:
        """That size less the one of the control pairs, mixed by kind of edit as these pairs are."""
        strata = (self.kinds, controls.kinds)
        return stats.two_way_difference(
            self.sizes, controls.sizes, self.clusters, controls.clusters, bounds=(-1, 1), strata=strata
        )

    @property
    def flips(self) -> list[float]:
        """1 for each pair that flips, else 0."""
        return [float(pair.flipped) for pair in self.scored]

    @property
    def sizes(self) -> list[float]:
        """The size of the change of each pair."""
        return [abs(pair.change) for pair in self.scored]

    @property
    def deviation(self) -> float | None:
        """Standard deviation between the mean changes of families; None below two, or where one is not finite."""
        families = grouped(self.scored, lambda pair: pair.item.family).values()
        means = [float(np.mean([pair.change for pair in members])) for members in families]
        return sd_of(means) if all(map(math.isfinite, means)) else None

    @property
    def kinds(self) -> list[str]:
        """The kind of edit of each pair with answers."""
        return [pair.item.kind for pair in self.scored]

    @property
    def clusters(self) -> Clusters:
        """Sentence families (or texts of the user's), and the phrase that was swapped where there are enough of them.

        Pairs of several groups with one reference share its texts, so they hang together. Where there are too few
        phrases each pair is one of its own: pairs weigh the same all the same, and families alone tie them together.
        """
        families = [pair.item.family for pair in self.scored]
        phrases = [pair.item.base or pair.item.who for pair in self.scored]
        counts = list(Counter(phrases).values())
        return (families, phrases) if counts and stats.effective_size(counts) >= FEWEST else families

    @property
    def ends(self) -> Ends:
        """The lowest and the highest share of flips that there could have been."""
        total, hits = len(self.scored) + len(self.unscored), sum(self.flips)
        return hits / total, (hits + len(self.unscored)) / total

    def mixed_ends(self, others: Sequence[Item]) -> Ends:
        """Those of the share that these pairs would have if their kinds weighed as among `others`."""
        low = high = 0.0
        for kind, count in Counter(item.kind for item in others).items():
            least, most = self.of_kinds({kind}).ends
            low, high = low + count / len(others) * least, high + count / len(others) * most
        return low, high

    @property
    def _nothing(self) -> Undefined:
        return WORDS.undefined("reason.unscored", "unanswered", count=len(self.unscored))

    def invalid(self, left_out: int = 0) -> Undefined | None:
        """Why no change can be concluded; None when it can.

        `left_out` of the unscored pairs hold a text that cannot be asked at all, which is no fault of the classifier.
        """
        total = len(self.scored) + len(self.unscored)
        if len(self.scored) < LEAST_SCORED * (total - left_out):
            return WORDS.undefined("validity.unscored", "unanswered", missing=len(self.unscored), total=total)
        if self.scored and float(np.ptp([(pair.before, pair.after) for pair in self.scored])) == 0:
            return WORDS.undefined("validity.same", "no_variation", "not_interpretable")
        return None

    def too_uniform(self, rates: Sequence[Estimated]) -> Undefined | None:
        """Why flips tell nothing; None when they do. `rates` are the flip rates of the groups.

        Where nearly all texts are decided alike, next to nothing could flip, and a small rate is no sign that groups
        are treated alike; a large one is one of harm, so that one group whose rate is shown to be above `RARE` (at 95 %
        for all groups together) is enough.
        """
        decisions = {pair.item.text: pair.decided for pair in self.scored}
        decisions |= {pair.item.changed: pair.decided_after for pair in self.scored}
        label, most = next(iter(Counter(decisions.values()).most_common(1)), ("", 0))
        if len(decisions) - most >= RARE * len(decisions):
            return None
        known = [rate for rate in rates if isinstance(rate, Estimate)]
        intervals = [rate.at(1 - 0.05 / len(known)) for rate in known]
        if any(interval is not None and interval.low > RARE for interval in intervals):
            return None
        reason = WORDS("validity.uniform", most=most, total=len(decisions), label=quoted(label))
        return reasons.invalid(reason)
