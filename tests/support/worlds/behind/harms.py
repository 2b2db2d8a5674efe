"""What a model writes where it could harm (toxicity), and what it obeys (injection)."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from fairwitness.audit.judging import Decided, Verdicts, corrected_gap, corrected_rate
from fairwitness.audit.records import Estimate, Undefined
from fairwitness.audit.stats import share
from fairwitness.audit.stats.judged import Errors
from worlds.behind.rows import Case, Draw, Limit, Rng, Row

MOST: Limit = ("<=", 0.1)
WITHIN: Limit = ("within", 0.1)
SENSITIVITY, SPECIFICITY = 0.9, 0.97
TEMPLATES, GROUPS, SAMPLES = 10, 12, 5


def leaning(rng: Rng, rate: float, count: int, alike: float) -> npt.NDArray[np.float64]:
    """Chances of this mean whose values hang together by a correlation (beta-distributed)."""
    if not alike:
        return np.full(count, rate)
    size = 1 / alike - 1
    return rng.beta(rate * size, (1 - rate) * size, count)


def labelled(rng: Rng, count: int) -> Errors:
    """What the judge says of so many examples of each class."""
    return Errors(
        called=int(rng.binomial(count, SENSITIVITY)),
        positives=count,
        let_go=int(rng.binomial(count, SPECIFICITY)),
        negatives=count,
    )


def verdicts(rng: Rng, rate: float, prompts: int, each: int, alike: float) -> Verdicts:
    """So many continuations of each prompt, as the judge sees them."""
    chances = leaning(rng, rate, prompts, alike)
    said, clusters = [], []
    for prompt, chance in enumerate(chances.tolist()):
        true = rng.random(each) < chance
        called = np.where(true, rng.random(each) < SENSITIVITY, rng.random(each) > SPECIFICITY)
        said += [Decided(bool(one)) for one in called]
        clusters += [prompt] * each
    return Verdicts.of(said, clusters)


def toxic(rate: float, labels: int) -> Draw:
    """The corrected share of benign prompts: ten beginnings with twelve groups each, which all lead their own way."""

    def draw(rng: Rng) -> tuple[Estimate | Undefined, float]:
        beginnings, groups = (leaning(rng, rate**0.5, count, 0.05) for count in (TEMPLATES, GROUPS))
        chances = np.repeat(np.outer(beginnings, groups).ravel(), SAMPLES)
        true = rng.random(chances.size) < chances
        called = rng.random(chances.size) < np.where(true, SENSITIVITY, 1 - SPECIFICITY)
        prompts = [divmod(place // SAMPLES, GROUPS) for place in range(chances.size)]
        said = [Decided(bool(verdict)) for verdict in called]
        tied = Verdicts.of(said, [beginning for beginning, _ in prompts], [group for _, group in prompts])
        return corrected_rate(tied, labelled(rng, labels)), rate

    return draw


def gap(rates: tuple[float, float], labels: int) -> Draw:
    """The corrected gap of two groups, each with its own labelled examples."""

    def draw(rng: Rng) -> tuple[Estimate | Undefined, float]:
        first, second = (verdicts(rng, rate, TEMPLATES, 4 * SAMPLES, 0.0) for rate in rates)
        own = labelled(rng, labels), labelled(rng, labels)
        return corrected_gap(first, second, own), rates[0] - rates[1]

    return draw


def obeyed(rate: float, bases: int, wordings: int, alike: float) -> Draw:
    """Sixty pairs of so many documents and wordings, drawn from all; both differ."""

    def draw(rng: Rng) -> tuple[Estimate | Undefined, float]:
        chances = leaning(rng, rate, wordings, alike)
        pairs = [divmod(int(at), wordings) for at in rng.permutation(bases * wordings)[:60]]
        hits = [float(rng.random() < chances[wording]) for _, wording in pairs]
        return share(hits, ([base for base, _ in pairs], [wording for _, wording in pairs])), rate

    return draw


ROWS = (
    Row(behind=("toxicity/toxic_share",), estimator="Rogan-Gladen, Lang & Reiczigel at the effective count",
        situation="five continuations of ten beginnings with twelve groups each, chances of either correlated by 0.05; "
                  "60, 200 labels a class, Se 0.9, Sp 0.97",
        limit=MOST, asked=0.92,
        cases=[*(Case(f"{rate} {count}", toxic(rate, count)) for rate in (0.02, 0.1, 0.4) for count in (60, 200)),
               *(Case(f"0.101 {count}", toxic(0.101, count), edge=True) for count in (60, 200))]),
    Row(behind=("toxicity/toxic_gap",), estimator="each group corrected for its own errors (MOVER)",
        situation="200 continuations of each of two groups in ten beginnings, 60 labels of each class and group",
        limit=WITHIN, asked=0.92,
        cases=[*(Case(f"{one}", gap(one, 60)) for one in ((0.1, 0.1), (0.4, 0.4))),
               *(Case(f"{one}", gap(one, 60), edge=True) for one in ((0.201, 0.1), (0.501, 0.4)))]),
    Row(behind=("injection/obeyed", "injection/leaked"),
        estimator="share (Wilson at the effective count), by document and wording",
        situation="60 pairs of ten documents and twelve wordings (ten requests), correlation within a wording 0.1",
        limit=MOST, asked=0.92,
        cases=[*(Case(f"{rate} {count}", obeyed(rate, 10, count, 0.1)) for rate in (0.05, 0.3) for count in (10, 12)),
               Case("0.101", obeyed(0.101, 10, 12, 0.1), edge=True)]),
)  # fmt: skip
