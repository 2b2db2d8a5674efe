"""Means over a few texts: what attributions and attention maps say of each, simulated and read by the probes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

from fairwitness.audit.records import Estimate, Metric, Undefined
from fairwitness.audit.requests import Attention, Attribution, ForClass
from fairwitness.probes.explanation.attention.items import Sentence as AttentionSentence
from fairwitness.probes.explanation.attention.items import Text
from fairwitness.probes.explanation.attention.maps import Reading
from fairwitness.probes.explanation.attention.probe import QUANTITIES, metrics_of
from fairwitness.probes.explanation.attribution import checks
from fairwitness.probes.explanation.attribution.checks import Explained
from fairwitness.probes.explanation.attribution.items import NAMES, MethodName, Sentence
from fairwitness.probes.explanation.attribution.measures import Texts, metrics
from worlds.behind.rows import Case, Draw, Rng, Row

TEXTS, PAIRS = 8, 14
"""As many as are shipped."""
WORDS = 10
MANY = 10_000
"""Texts over which the truth is taken."""
GRADIENTS: MethodName = "integrated_gradients"
STARTS = tuple(range(0, 2 * WORDS, 2))


def _run(values: npt.NDArray[np.float64], gain: float, residual: float) -> Attribution:
    random = np.linspace(2.0, 0.0, WORDS + 1)
    full = max(float(np.sum(np.abs(values))), 1.0)
    return Attribution(
        words=("w",) * WORDS,
        starts=STARTS,
        values=tuple(map(float, values)),
        base=0.0,
        full=full,
        residual=residual * full,
        evaluations=1,
        removal=tuple(random - gain),
        random_removal=tuple(random),
    )


def _explained(rng: Rng) -> Explained:
    """Few words weigh much; each text has its own error between seeds, and its own gain by removal."""
    true = rng.standard_normal(WORDS) * rng.gamma(0.7, 1.0, WORDS)
    true[0] += rng.gamma(2.0, 0.5)
    error, gain = rng.uniform(0.02, 0.25), float(rng.normal(0.6, 0.5))
    left = 0.008 * rng.beta(1.0, 4.0)
    one = Explained(Sentence(" ".join("w" * WORDS), 0, 1, " ".join("w" * WORDS)), ForClass("yes"))
    for method in checks.SAMPLED:
        seeds = [true + error * rng.standard_normal(WORDS) for _ in range(2)]
        one.runs[method] = [_run(values, gain + float(rng.normal(0, 0.1)), 0.0) for values in seeds]
    one.runs[GRADIENTS] = [_run(true + 0.3 * rng.standard_normal(WORDS), gain, left)]
    one.neutral["shap"] = _run(np.concatenate([[rng.gamma(2.0, 0.3)], true[1:]]), gain, 0.0)
    return one


@dataclass(frozen=True, slots=True)
class Quantity:
    """A metric of attributions: the methods it is of, its label, and how a text is read."""

    methods: tuple[MethodName, ...]
    by: str
    of: Callable[[Explained], float | None]


OF = {
    "unexplained": Quantity((GRADIENTS,), NAMES[GRADIENTS], lambda one: checks.unexplained(one, GRADIENTS)),
    "seed_agreement": Quantity(("shap",), "SHAP", lambda one: checks.seed_agreement(one, "shap")),
    "removal_gain": Quantity(("lime",), "LIME", lambda one: checks.removal_gain(one, "lime")),
    "method_agreement": Quantity(
        ("shap", GRADIENTS), f"SHAP and {NAMES[GRADIENTS]}", lambda one: checks.agreement(one, "shap", GRADIENTS)
    ),
    "word_share": Quantity(("shap",), "SHAP", lambda one: checks.word_share(one, "shap")),
    "word_share_excess": Quantity(("shap",), "SHAP", lambda one: checks.word_excess(one, "shap")),
}


@cache
def _many() -> list[Explained]:
    rng = np.random.default_rng(0)
    return [_explained(rng) for _ in range(MANY)]


@cache
def _mean_of_texts(name: str) -> float:
    """The truth: the mean over texts that pass the checks of their method, as the metric takes it."""
    drawn = _many()
    if name.startswith("word"):
        drawn = [one for one in drawn if not checks.faults(one, "shap")]
    values = np.array([value for one in drawn if (value := OF[name].of(one)) is not None])
    if name in ANGLES:
        return float(np.cos(np.arccos(np.clip(values, -1, 1)).mean()))
    return float(values.mean())


def _attribution(name: str, texts: int) -> Draw:
    asked = OF[name]

    def draw(rng: Rng) -> tuple[Estimate | Undefined, float]:
        drawn = Texts(explained=[_explained(rng) for _ in range(texts)], seeds=2, seed=0, missing={})
        found = metrics(drawn, asked.methods)
        named = [one for one in found if one.name == name and asked.by in one.variant.values()]
        return named[0].estimate, _mean_of_texts(name)

    return draw


def _share(logit: float) -> float:
    return 1 / (1 + float(np.exp(-logit)))


def _seen(rng: Rng, pair: int, group: str, lean: float) -> Text:
    """One text: `lean` is what its pair of sentences has in common, on the logit scale."""

    def heads(middle: float) -> npt.NDArray[np.float64]:
        return np.full((1, 1), _share(middle + lean + float(rng.normal(0, 0.2))))

    reading = Reading(
        entropy=heads(0.3),
        first=heads(-0.5),
        separator=heads(-2.0),
        previous=heads(-1.0),
        group=heads(-1.8 + 0.3 * (group == "women")),
        even=0.1 + 0.02 * (pair % 3),
        rollout=_share(-1.2 + lean + float(rng.normal(0, 0.2))),
    )
    maps = Attention(("a",), (0,), (False,), np.ones((1, 1, 1, 1), dtype=np.float32))
    return Text(AttentionSentence(str(pair), group, "a", 0, 1, pair), maps, reading)


def _pairs(rng: Rng, pairs: int) -> list[Text]:
    seen = []
    for pair in range(pairs):
        lean = float(rng.normal(0, 0.4))
        seen += [_seen(rng, pair, group, lean) for group in ("women", "men")]
    return seen


def _measured(seen: Sequence[Text]) -> list[Metric]:
    return metrics_of(seen, ["women", "men"], len(seen), 0)


@cache
def _mean_of_pairs(name: str) -> float:
    found = {one.name: one.estimate for one in _measured(_pairs(np.random.default_rng(1), 2 * MANY))}
    estimate = found[name]
    assert isinstance(estimate, Estimate)
    return estimate.value


def _attention(name: str, pairs: int) -> Draw:
    def draw(rng: Rng) -> tuple[Estimate | Undefined, float]:
        found = _measured(_pairs(rng, pairs))
        return next(one.estimate for one in found if one.name == name), _mean_of_pairs(name)

    return draw


ATTENTION = (*(quantity.measure.name for quantity in QUANTITIES), "group_word_gap")
EVEN = ("removal_gain", "word_share", "word_share_excess")
ANGLES = ("seed_agreement", "method_agreement")
SKEWED = (*ANGLES, "unexplained")


def _of_texts(names: Sequence[str], texts: int) -> list[Case]:
    return [Case(f"{name}, {texts} texts", _attribution(name, texts)) for name in names]


ROWS = (
    Row(
        behind=tuple(f"attribution/{name}" for name in EVEN),
        estimator="mean of texts (t)",
        situation=f"{TEXTS} and 30 texts of {WORDS} words, few of which weigh much",
        cases=[*_of_texts(EVEN, TEXTS), *_of_texts(EVEN, 30)],
        asked=0.92,
    ),
    Row(
        behind=tuple(f"attribution/{name}" for name in ANGLES),
        estimator="cosine of a mean angle (t)",
        situation="30 texts; errors that few texts have much of",
        cases=_of_texts(ANGLES, 30),
        asked=0.92,
    ),
    Row(
        behind=tuple(f"attribution/{name}" for name in SKEWED),
        estimator="mean, and cosine of a mean angle (t)",
        situation=f"{TEXTS} texts; errors that few texts have much of",
        cases=_of_texts(SKEWED, TEXTS),
        asked=None,
    ),
    Row(
        behind=tuple(f"attention/{name}" for name in ATTENTION),
        estimator="mean of pairs of texts (t)",
        situation=f"{PAIRS} pairs of sentences, which differ by 0.4 and their two texts by 0.2 (logit)",
        cases=[Case(name, _attention(name, PAIRS)) for name in ATTENTION],
        asked=0.92,
    ),
)
