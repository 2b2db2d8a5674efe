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
from fairwitness.probes.explanation.attribution.cards import CHECKS, Card
from fairwitness.probes.explanation.attribution.checks import Explained
from fairwitness.probes.explanation.attribution.items import NAMES, SAMPLED, MethodName, Role, Sentence
from fairwitness.probes.explanation.attribution.measures import Texts, agreements
from fairwitness.probes.explanation.attribution.summary import person_metrics
from worlds.behind.rows import Case, Draw, Rng, Row

TEXTS, PAIRS = 8, 14
"""As many as are shipped."""
WORDS = 10
MANY = 10_000
"""Texts that there are: each world draws some of them, and the truth is taken over all."""
BY_CHECK = {check.measure.name: check for check in CHECKS}
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
        kept=tuple(random[::-1] + 0.5 * gain),
        infidelity=(0.5 - 0.3 * gain, 0.5),
    )


def _explained(rng: Rng) -> Explained:
    """Few words weigh much; each text has its own error between seeds, and its own gain in every test."""
    true = rng.standard_normal(WORDS) * rng.gamma(0.7, 1.0, WORDS)
    true[0] += rng.gamma(2.0, 0.5)
    error, gain = rng.uniform(0.02, 0.25), float(rng.normal(0.6, 0.5))
    left = 0.008 * rng.beta(1.0, 4.0)
    words = f"{'w ' * WORDS}{rng.integers(2**62)}"  # no two texts are one to the model
    text = Explained(Sentence(words, 0, 1, words, words), ForClass("yes"))
    for method in SAMPLED:
        seeds = [true + error * rng.standard_normal(WORDS) for _ in range(2)]
        runs = [_run(values, gain + float(rng.normal(0, 0.1)), 0.0) for values in seeds]
        text.answers[method, "shown"], text.answers[method, "seed"] = runs[:1], runs[1:]
    text.answers[GRADIENTS, "shown"] = [_run(true + 0.3 * rng.standard_normal(WORDS), gain, left)]
    swapped: tuple[Role, ...] = ("neutral", "counterpart")
    for role in swapped:
        values = np.concatenate([[rng.gamma(2.0, 0.3)], true[1:]])
        text.answers["shap", role] = [_run(values, gain, 0.0)]
    text.answers["shap", "rewrite"] = [_run(true + error * rng.standard_normal(WORDS), gain, 0.0)]
    stays: dict[Role, float] = {"head": 0.5, "all": 0.1}
    for role, kept in stays.items():
        text.answers["shap", role] = [_run(kept * true + rng.standard_normal(WORDS), gain, 0.0)]
    return text


@dataclass(frozen=True, slots=True)
class Quantity:
    """A metric of attributions: the methods it is of, its label, and how a text is read."""

    methods: tuple[MethodName, ...]
    by: str
    of: Callable[[Explained], float | None]


OF = {
    "unexplained": Quantity((GRADIENTS,), NAMES[GRADIENTS], lambda one: checks.unexplained(one, GRADIENTS)),
    "seed_agreement": Quantity(("shap",), "SHAP", lambda one: checks.seed_agreement(one, "shap")),
    "comprehensiveness_gain": Quantity(("lime",), "LIME", lambda one: checks.comprehensiveness_gain(one, "lime")),
    "sufficiency_gain": Quantity(("lime",), "LIME", lambda one: checks.sufficiency_gain(one, "lime")),
    "infidelity_gain": Quantity(("lime",), "LIME", lambda one: checks.infidelity_gain(one, "lime")),
    "sensitivity": Quantity(("shap",), "SHAP", lambda one: checks.sensitivity(one, "shap")),
    "paraphrase_agreement": Quantity(("shap",), "SHAP", lambda one: checks.paraphrase_agreement(one, "shap")),
    "head_agreement": Quantity(("shap",), "SHAP", lambda one: checks.randomised_agreement(one, "shap", "head")),
    "random_agreement": Quantity(("shap",), "SHAP", lambda one: checks.randomised_agreement(one, "shap", "all")),
    "method_agreement": Quantity(
        ("shap", GRADIENTS), f"SHAP and {NAMES[GRADIENTS]}", lambda one: checks.agreement(one, "shap", GRADIENTS)
    ),
    "word_share": Quantity(("shap",), "SHAP", lambda one: checks.word_share(one, "shap")),
    "word_share_excess": Quantity(("shap",), "SHAP", lambda one: checks.word_excess(one, "shap")),
    "word_share_gap": Quantity(("shap",), "SHAP", lambda one: checks.word_gap(one, "shap")),
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
    judged = {method: Card(method, ()) for method in asked.methods}  # none of them fails here

    def draw(rng: Rng) -> tuple[Estimate | Undefined, float]:
        places = rng.choice(MANY, texts, replace=False)
        drawn = Texts(explained=[_many()[place] for place in places], seed=0, missing={})
        if name in BY_CHECK:
            return BY_CHECK[name].estimate(drawn, asked.methods[0]), _mean_of_texts(name)
        if name == "method_agreement":
            found = agreements(drawn, asked.methods)
        else:
            found = person_metrics(drawn, asked.methods, judged)
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
        readout=heads(-1.8 + 0.3 * (group == "women")),
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
def _of_all_pairs() -> dict[str, Estimate | Undefined]:
    return {one.name: one.estimate for one in _measured(_pairs(np.random.default_rng(1), 2 * MANY))}


def _mean_of_pairs(name: str) -> float:
    estimate = _of_all_pairs()[name]
    assert isinstance(estimate, Estimate)
    return estimate.value


def _attention(name: str, pairs: int) -> Draw:
    def draw(rng: Rng) -> tuple[Estimate | Undefined, float]:
        found = _measured(_pairs(rng, pairs))
        return next(one.estimate for one in found if one.name == name), _mean_of_pairs(name)

    return draw


ATTENTION = (*(quantity.measure.name for quantity in QUANTITIES), "group_word_gap")
EVEN = (
    *("comprehensiveness_gain", "sufficiency_gain", "infidelity_gain", "head_agreement", "random_agreement"),
    *("word_share", "word_share_excess", "word_share_gap"),
)
ANGLES = ("seed_agreement", "paraphrase_agreement", "method_agreement")
SKEWED = (*ANGLES, "unexplained", "sensitivity")


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
