"""Explanations of one text by several methods, and what each of them is worth on it."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import combinations

import numpy as np
import numpy.typing as npt
from scipy.stats import rankdata

from fairwitness.audit.records import Name
from fairwitness.audit.requests import Attribution, BetweenFillers, ForClass, OfAnswer, OfContinuation, OfTag, Target
from fairwitness.audit.stats.equal import all_equal
from fairwitness.probes.explanation.attribution.items import (
    GRADIENTS,
    REFERENCES,
    SAMPLED,
    UNSIGNED,
    WORDS,
    MethodName,
    Role,
    Sentence,
)
from fairwitness.probes.kit.tables import mean_of

ADDS_UP = 0.01
"""Largest share of the difference between whole and hidden text that integrated gradients may leave unexplained."""
AGREE = 0.8
LEAST_SPAN = 0.01
"""Log-odds below which a difference is too small to take shares of."""
NEXT_TO_NOTHING = 0.05
"""Values smaller than this share of the largest have no order among each other: they count as equal."""
MOVED = 0.25
"""Share of the change from hidden to whole text by which a rewrite may move the answer: beyond it another text is
explained, and another explanation is right."""
FEWEST_WORDS = 3
DECISIVE = 0.5
"""Share of the change from hidden to whole text that a decisive word makes by itself. The word that a method ranks
first has to make this share of what the most decisive one makes."""
PLAIN: tuple[Role, Role] = ("plain", "head")
"""What the model itself does, with its own weights and with a random head."""


@dataclass(frozen=True, slots=True)
class Explained:
    """One text with the attributions of each method by why they were asked for, in the order of the requests."""

    sentence: Sentence
    target: Target
    answers: dict[tuple[MethodName, Role], list[Attribution]] = field(default_factory=dict)

    def of(self, method: MethodName, role: Role) -> Sequence[Attribution]:
        """The attributions of a method that were asked for this reason."""
        return self.answers.get((method, role), ())

    def first(self, method: MethodName, role: Role = "shown") -> Attribution | None:
        """The first of them: of those that are `shown` the one that is."""
        return next(iter(self.of(method, role)), None)

    def words(self, method: MethodName) -> int:
        """How many words the method explained."""
        shown = self.first(method)
        return 0 if shown is None else len(shown.words)

    @property
    def shown(self) -> list[MethodName]:
        """The methods that explained it, in their order."""
        return [method for method, role in self.answers if role == "shown"]

    @property
    def aim(self) -> str:
        """What is explained, in words."""
        match self.target:
            case BetweenFillers(positive, negative):
                return WORDS("aim.fillers", positive=positive, negative=negative)
            case ForClass(label):
                return WORDS("aim.label", label=label)
            case OfContinuation(continuation):
                return WORDS("aim.continuation", continuation=continuation)
            case OfAnswer(question=question):
                return WORDS("aim.answer", question=question)
            case OfTag(label=label, start=start, end=end):
                return WORDS("aim.tag", label=label, word=Name(self.sentence.text[start:end]))


def span(shown: Attribution) -> float:
    """How much the target changes from hidden to whole text, at least `LEAST_SPAN`."""
    return max(abs(shown.full - shown.base), LEAST_SPAN)


def unexplained(text: Explained, method: MethodName) -> float | None:
    """|residual| of integrated gradients as a share of what they must explain; None for all other methods."""
    shown = text.first(method)
    return None if shown is None or method != GRADIENTS else abs(shown.residual) / span(shown)


def comprehensiveness_gain(text: Explained, method: MethodName) -> float | None:
    """How much further the target falls when words are hidden in the method's order than in random order.

    Mean over the cuts between none and all hidden of random - ranked, in log-odds (DeYoung et al. 2020, AOPC). None for
    a single word and where nothing was tested.
    """
    shown = text.first(method)
    return None if shown is None else _by_order(shown, shown.random_removal, shown.removal)


def sufficiency_gain(text: Explained, method: MethodName) -> float | None:
    """How much more of the target the method's first words alone hold up than random ones.

    Mean over the cuts between none and all shown of ranked - random, in log-odds (DeYoung et al. 2020).
    """
    shown = text.first(method)
    return None if shown is None else _by_order(shown, shown.kept, shown.random_removal[::-1])


def best_comprehensiveness(text: Explained, method: MethodName) -> float | None:
    """The gain of the order that greedy search finds on the model: about what an order can reach."""
    shown = text.first(method)
    return None if shown is None else _between(shown.random_removal, shown.greedy_removal)


def best_sufficiency(text: Explained, method: MethodName) -> float | None:
    """The same of the words that greedy search shows first."""
    shown = text.first(method)
    return None if shown is None else _between(shown.greedy_kept, shown.random_removal[::-1])


def _by_order(shown: Attribution, higher: Sequence[float], lower: Sequence[float]) -> float | None:
    """What an order gains: nothing where all words weigh the same, which is no order."""
    gain = _between(higher, lower)
    return 0.0 if gain is not None and all_equal(shown.values) else gain


def _between(higher: Sequence[float], lower: Sequence[float]) -> float | None:
    if len(higher) < FEWEST_WORDS or len(higher) != len(lower):
        return None
    return float(np.mean(np.subtract(higher, lower)[1:-1]))


def decisive_word_found(text: Explained, method: MethodName) -> float | None:
    """1 where a method ranks a word first without which the answer falls, 0 where it misses the word that decides.

    None where no single word decides: hiding one alone, as the test hides, takes away half of the change from hidden to
    whole text. First is the largest value; where the target falls from hidden to whole text the most negative one.
    """
    shown = text.first(method)
    if shown is None or not shown.single_removal:
        return None
    change = shown.removal[0] - shown.removal[-1]
    sign = 1.0 if change > 0 or method in UNSIGNED else -1.0
    made = np.sign(change) * (shown.removal[0] - np.array(shown.single_removal))
    if abs(change) < LEAST_SPAN or made.max() < DECISIVE * abs(change):
        return None
    first = int(np.argmax(sign * np.array(shown.values)))
    return float(not all_equal(shown.values) and made[first] >= DECISIVE * made.max())


def infidelity_gain(text: Explained, method: MethodName) -> float | None:
    """How much less of what hidden words cost the values miss than the same values on other words (Yeh et al. 2019)."""
    shown = text.first(method)
    return None if shown is None or not shown.infidelity else shown.infidelity[1] - shown.infidelity[0]


def seed_agreement(text: Explained, method: MethodName) -> float | None:
    """Mean rank correlation over pairs of seeds; None without two runs whose questions differ."""
    runs = text.of(method, "few") or [*text.of(method, "shown"), *text.of(method, "seed")]
    agreements = [rank_correlation(first.values, second.values) for first, second in combinations(runs, 2)]
    return mean_of([agreed for agreed in agreements if agreed is not None])


def rank_correlation(first: Sequence[float], second: Sequence[float]) -> float | None:
    """Spearman's rank correlation of values by word; None below three words, or where both are all alike.

    Values smaller than a twentieth of the largest of their run count as 0, and so as equal: the order of words that do
    next to nothing is noise. 0 where one run is all alike and the other is not.
    """
    if len(first) < FEWEST_WORDS:
        return None
    a, b = (rankdata(_cleared(np.asarray(values, dtype=np.float64))) for values in (first, second))
    alike = np.ptp(a) == 0, np.ptp(b) == 0
    if all(alike):
        return None
    return 0.0 if any(alike) else float(np.corrcoef(a, b)[0, 1])


def _cleared(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    sizes = np.abs(values)
    return np.where(sizes < NEXT_TO_NOTHING * sizes.max(), 0.0, values)


def paraphrase_agreement(text: Explained, method: MethodName) -> float | None:
    """Mean rank correlation with the values of rewrites, over words that stand in both; see `alike`."""
    agreements = [rank_correlation(first, second) for first, second in alike(text, method)]
    return mean_of([agreed for agreed in agreements if agreed is not None])


def sensitivity(text: Explained, method: MethodName) -> float | None:
    """Largest change of the values in a rewrite as a share of their size (sensitivity-max of Yeh et al. 2019).

    Their neighbourhood is a ball around the input; texts have none, so rewrites of the same meaning stand in for it.
    """
    changes = [
        float(np.linalg.norm(np.subtract(first, second)) / np.linalg.norm(first))
        for first, second in alike(text, method)
        if np.any(first)
    ]
    return max(changes, default=None)


def alike(text: Explained, method: MethodName) -> list[tuple[list[float], list[float]]]:
    """Values of the words that a text and a rewrite have in common, where the rewrite leaves the answer about alike."""
    shown = text.first(method)
    pairs = []
    for other in text.of(method, "rewrite"):
        if shown is None or abs(other.full - shown.full) > MOVED * span(shown):
            continue
        words, others = ([word.casefold() for word in run.words] for run in (shown, other))
        matched = difflib.SequenceMatcher(None, words, others, autojunk=False).get_matching_blocks()
        places = [(a + step, b + step) for a, b, size in matched for step in range(size)]
        pairs.append(([shown.values[a] for a, _ in places], [other.values[b] for _, b in places]))
    return pairs


def randomised_agreement(text: Explained, method: MethodName, role: Role) -> float | None:
    """Rank correlation of sizes with those of the model whose weights were drawn at random (Adebayo et al. 2018)."""
    return _stays(text, text.first(method), text.first(method, role))


def reaction_agreement(text: Explained) -> float | None:
    """The same of what the model itself does when words are hidden: how much of its reaction stays with a random head.

    By leave-one-out or by Shapley values, where these were asked for, whichever stays more: both are differences of
    answers of the model and nothing else, and where words stand in for each other the first shows none of them.
    """
    agreements = [randomised_agreement(text, "shap", "head")]
    for method in REFERENCES:
        plain, drawn = (text.first(method, role) for role in PLAIN)
        agreements.append(_stays(text, plain, drawn))
    return max((stays for stays in agreements if stays is not None), default=None)


def stays_longer(text: Explained, method: MethodName) -> float | None:
    """How much more of a map than of the model's own reaction stays with a random head."""
    method_stays, model_stays = randomised_agreement(text, method, "head"), reaction_agreement(text)
    return None if method_stays is None or model_stays is None else method_stays - model_stays


def _stays(text: Explained, shown: Attribution | None, drawn: Attribution | None) -> float | None:
    """A tagged word is left out: with any weights its tag hangs on it more than on other words, as it is read there."""
    if shown is None or drawn is None or len(shown.values) != len(drawn.values):
        return None
    sizes = np.abs([shown.values, drawn.values])
    if isinstance(text.target, OfTag):
        inside = [text.sentence.start <= start < text.sentence.end for start in shown.starts]
        sizes = sizes[:, ~np.array(inside, dtype=np.bool_)]
    return rank_correlation(sizes[0].tolist(), sizes[1].tolist())


def agreement(text: Explained, first: MethodName, second: MethodName) -> float | None:
    """Cosine of the word values of two methods, whose scales may differ; None where one has no value but 0.

    1: the same words, in the same proportion, with the same signs. Small values do not matter.
    """
    a, b = text.first(first), text.first(second)
    if a is None or b is None:
        return None
    sizes = float(np.linalg.norm(a.values) * np.linalg.norm(b.values))
    return float(np.dot(a.values, b.values)) / sizes if sizes > 0 else None


def share(attribution: Attribution, start: int, end: int) -> float | None:
    """Share of all |values| on the words that begin in this interval; None when all are 0 or no word does."""
    sizes = np.abs(attribution.values)
    inside = np.array([start <= begin < end for begin in attribution.starts], dtype=bool)
    return float(sizes[inside].sum() / sizes.sum()) if inside.any() and sizes.sum() > 0 else None


def word_share(text: Explained, method: MethodName) -> float | None:
    """Share of the method's |values| on the word for a person."""
    shown = text.first(method)
    return None if shown is None or text.sentence.start < 0 else share(shown, text.sentence.start, text.sentence.end)


def word_excess(text: Explained, method: MethodName) -> float | None:
    """That share less the share of the neutral word in the same place."""
    return _less(text, method, "neutral", text.sentence.neutral)


def word_gap(text: Explained, method: MethodName) -> float | None:
    """That share less the share of the other group's word in the same place."""
    return _less(text, method, "counterpart", text.sentence.counterpart)


def _less(text: Explained, method: MethodName, role: Role, swapped: str) -> float | None:
    other, person = text.first(method, role), word_share(text, method)
    beside = None if other is None else share(other, text.sentence.start, text.sentence.end_in(swapped))
    return None if person is None or beside is None else person - beside


def faults(text: Explained, method: MethodName) -> list[str]:
    """Why the method's values are not reliable on this text; empty when its checks of single texts hold.

    Seeds that were given fewer evaluations than what is shown say nothing of it: they count for the card alone.
    """
    reasons = []
    left = unexplained(text, method)
    if left is not None and left > ADDS_UP:
        reasons.append(WORDS("fault.sum", share=f"{left:.1%}"))
    agreed = None if text.of(method, "few") else seed_agreement(text, method)
    if method in SAMPLED and agreed is not None and agreed < AGREE:
        reasons.append(WORDS("fault.seeds", agreement=f"{agreed:.2f}"))
    if decisive_word_found(text, method) == 0:
        reasons.append(WORDS("fault.decisive"))
    return reasons
