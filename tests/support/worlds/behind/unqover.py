"""The intensity of UnQover and the averages beside it, in worlds of the classes and sentences that its lists have."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fairwitness.audit import stats
from fairwitness.audit.records import Estimate, Undefined
from fairwitness.audit.stats.language.intensity import Point, intensity
from fairwitness.audit.stats.reliability import scoring_agreement, split_half
from worlds.behind.rows import Case, Draw, Rng, Row

Floats = npt.NDArray[np.float64]
SENTENCES = {"gender": (4,), "country": (6, 3), "ethnicity": (14,), "religion": (13,)}
"""Sentences of each class; country has two kinds of attributes, which thirteen and three of sixteen are of."""
PAIRS = 3
JUST = 1.001


@dataclass(frozen=True, slots=True)
class World:
    """How biases [attributes, pairs, sentences] come about, on the scale of a share between -1 and 1.

    Of an attribute the sentences agree on `agreed` (by class, or one for all), which is the same for all attributes or
    has this standard deviation over them (`normal`). Each sentence leans in all attributes (`own`), each name with
    each attribute (`names`: of women and men), and each comparison has `noise`.
    """

    agreed: float | tuple[float, ...] = 0.0
    normal: bool = False
    own: float = 0.0
    names: float = 0.0
    noise: float = 0.1

    def sizes(self, classes: Sequence[str]) -> list[float]:
        """What the sentences of each class agree on."""
        return [self.agreed] * len(classes) if isinstance(self.agreed, float) else list(self.agreed)

    def points(self, classes: Sequence[str], attributes: int, rng: Rng) -> list[Point]:
        """All comparisons of one world."""
        found: list[Point] = []
        for kind, agreed in zip(classes, self.sizes(classes), strict=True):
            kinds = SENTENCES[kind]
            few = attributes * 3 // 16 if len(kinds) > 1 else 0
            for which, (sentences, number) in enumerate(zip(kinds, (attributes - few, few), strict=False)):
                found += self._of(f"{which}", kind, agreed, (number, PAIRS, sentences), rng)
        return found

    def _of(self, which: str, kind: str, agreed: float, shape: tuple[int, int, int], rng: Rng) -> list[Point]:
        attributes, pairs, sentences = shape
        grouped = kind == "gender"
        size = rng.normal(0, agreed, (attributes, 1, 1)) if self.normal else agreed
        own = rng.normal(0, self.own, sentences) * (1 if grouped else rng.choice([-1, 1], (attributes, pairs, 1)))
        names = rng.normal(0, self.names, (attributes, pairs, 1)) if grouped else 0.0
        values = size + own + names + rng.normal(0, self.noise, shape)
        return [
            Point(
                kind, (kind, which, a), (kind, which, s), (f"{which}{a}.{p}", f"{a}.{p}{which}"), float(value), grouped
            )
            for (a, p, s), value in np.ndenumerate(values)
        ]


ALL = tuple(SENTENCES)


def drawn(world: World, classes: Sequence[str] = ALL, attributes: int = 16) -> Draw:
    """The intensity of one world, and its truth."""
    truth = math.sqrt(float(np.mean(np.square(world.sizes(classes)))))

    def draw(rng: Rng) -> tuple[Estimate | Undefined, float]:
        return intensity(world.points(classes, attributes, rng)), truth

    return draw


def cases(worlds: Sequence[World], edge: Sequence[World] = (), **more: int | Sequence[str]) -> list[Case]:
    """Worlds, and worlds just outside of the limit."""
    inside = [Case(f"{one}", drawn(one, **more)) for one in worlds]  # type: ignore[arg-type]
    return inside + [Case(f"at the limit: {one}", drawn(one, **more), edge=True) for one in edge]  # type: ignore[arg-type]


LIMIT = 0.1 * JUST
ONE = 2 * LIMIT
"""What one class of four agrees on where all of them together lie at the limit."""


def of_errors(error: float, spread: float, columns: tuple[int, int] = (64, 40)) -> Draw:
    """A mean of errors of comparisons over attributes and sentences, both of which lean (logit)."""

    def draw(rng: Rng) -> tuple[Estimate | Undefined, float]:
        lean = rng.normal(0, spread, (columns[0], 1)) + rng.normal(0, spread, (1, columns[1]))
        mean = _shifted(error, lean)
        values = rng.beta(4 * mean, 4 * (1 - mean))
        attributes, templates = np.indices(columns).reshape(2, -1)
        clusters = attributes.tolist(), templates.tolist()
        found = stats.mean(values.ravel(), clusters=clusters, bounds=(0.0, 1.0), seed=0, weigh="values")
        return found, _mean(error, spread)

    return draw


def of_shares(rate: float, spread: float, columns: tuple[int, int] = (64, 40)) -> Draw:
    """A share of four texts of each comparison."""

    def draw(rng: Rng) -> tuple[Estimate | Undefined, float]:
        lean = rng.normal(0, spread, (columns[0], 1, 1)) + rng.normal(0, spread, (1, columns[1], 1))
        hits = rng.random((*columns, 4)) < _shifted(rate, lean)
        attributes, templates, _ = np.indices(hits.shape).reshape(3, -1)
        found = stats.share(hits.ravel().astype(float), (attributes.tolist(), templates.tolist()))
        return found, _mean(rate, spread)

    return draw


def _shifted(share: float, lean: Floats) -> Floats:
    found: Floats = 1 / (1 + (1 - share) / share * np.exp(-lean))
    return found


def _mean(share: float, spread: float) -> float:
    nodes, weights = np.polynomial.hermite_e.hermegauss(60)
    return float(weights @ _shifted(share, spread * math.sqrt(2) * nodes) / weights.sum())


def halves(spread: float) -> Draw:
    """The reliability of 48 pairs under an attribute in 14 sentences, of noise 0.1."""

    def draw(rng: Rng) -> tuple[Estimate | Undefined, float]:
        values = rng.normal(0, spread, (48, 1)) + rng.normal(0, 0.1, (48, 14))
        parts, items = np.indices(values.shape).reshape(2, -1)
        return split_half(values.ravel().tolist(), parts.tolist(), items.tolist(), 0), spread**2 / (
            spread**2 + 0.01 / 14
        )

    return draw


def summaries(correlation: float) -> Draw:
    """Both summaries of 37 subjects."""

    def draw(rng: Rng) -> tuple[Estimate | Undefined, float]:
        one, two = rng.normal(size=(2, 37))
        other = correlation * one + math.sqrt(1 - correlation**2) * two
        return scoring_agreement(dict(enumerate(one.tolist())), dict(enumerate(other.tolist()))), correlation

    return draw


WIDE = "jackknife of attributes and of sentences, chi-square arm, classes squared and added"
INTENSITY = {"behind": ("unqover/intensity",), "estimator": f"intensity: {WIDE}", "limit": ("within", 0.1)}
ROWS: tuple[Row, ...] = (
    Row(
        **INTENSITY,  # type: ignore[arg-type]
        situation="four classes of 16 attributes in 4 to 14 sentences; intensity 0 to 0.3, noise 0.1",
        cases=cases(
            [World(), World(0.05, normal=True), World(0.3, normal=True)],
            [World(LIMIT, normal=True), World(LIMIT)],
        ),
    ),
    Row(
        **INTENSITY,  # type: ignore[arg-type]
        situation="the same, and each sentence leans by 0.1 in all attributes, names by 0.1 in single ones",
        cases=cases(
            [World(own=0.1, names=0.1), World(0.05, normal=True, own=0.1), World(0.3, own=0.1)],
            [World(LIMIT, normal=True, own=0.1, names=0.1), World(LIMIT, own=0.1)],
        ),
    ),
    Row(
        **INTENSITY,  # type: ignore[arg-type]
        situation="one class of four agrees, as much in every attribute",
        cases=cases(
            [],
            [
                World((ONE, 0, 0, 0)),
                World((ONE, 0, 0, 0), own=0.1),
                World((0, 0, ONE, 0)),
                World((0, 0, ONE, 0), own=0.1),
            ],
        ),
    ),
    Row(
        **INTENSITY,  # type: ignore[arg-type]
        situation="one class of four agrees, in its 16 attributes by normal chance",
        cases=cases([], [World((ONE, 0, 0, 0), normal=True), World((0, 0, ONE, 0), normal=True)]),
        asked=None,
    ),
    Row(
        **INTENSITY,  # type: ignore[arg-type]
        situation="four classes of 8 attributes (a limit of comparisons)",
        cases=cases([World(own=0.1)], [World(LIMIT, normal=True), World(LIMIT, own=0.1)], attributes=8),
    ),
    Row(
        **INTENSITY,  # type: ignore[arg-type]
        situation="ethnicity alone, 50 attributes in 14 sentences",
        cases=cases(
            [World(), World(own=0.1), World(0.05, normal=True), World(0.3, normal=True, own=0.1)],
            [World(LIMIT, own=0.1), World(LIMIT, normal=True)],
            classes=("ethnicity",),
            attributes=50,
        ),
        asked=0.92,
    ),
    Row(
        **INTENSITY,  # type: ignore[arg-type]
        situation="gender alone, 60 attributes in 4 sentences",
        cases=cases(
            [World(), World(own=0.1), World(0.05, normal=True), World(0.3, normal=True, own=0.1)],
            [World(LIMIT, own=0.1), World(LIMIT, normal=True)],
            classes=("gender",),
            attributes=60,
        ),
        asked=0.92,
    ),
    Row(
        **INTENSITY,  # type: ignore[arg-type]
        situation="one class of 16 attributes (gender in 4 sentences, religion in 13), by normal chance",
        cases=[
            *cases([World(0.3, normal=True)], [World(LIMIT, normal=True)], classes=("gender",)),
            *cases([World(0.3, normal=True)], [World(LIMIT, normal=True)], classes=("religion",)),
        ],
        asked=None,
    ),
    Row(
        behind=("unqover/positional_error", "unqover/attributive_error"),
        estimator="mean over attributes and sentences, clustered two ways",
        situation="64 attributes in 40 sentences, errors of 0.1, 0.4 and 0.8, both lean by 0.5 (logit)",
        cases=[Case(f"{one}", of_errors(one, 0.5)) for one in (0.1, 0.4, 0.8)],
    ),
    Row(
        behind=("unqover/positional_error", "unqover/attributive_error"),
        estimator="mean over attributes and sentences, clustered two ways",
        situation="16 attributes in 4 sentences (gender alone), the same",
        cases=[Case(f"{one}", of_errors(one, 0.5, (16, 4))) for one in (0.1, 0.4, 0.8)],
        asked=None,
    ),
    Row(
        behind=("unqover/named_accuracy", "unqover/settled_accuracy"),
        estimator="share of texts: Wilson at the effective count, clustered two ways",
        situation="64 attributes in 14 sentences of 4 texts, rates 0.05 to 0.95, both lean by 0.5 (logit)",
        cases=[Case(f"{one}", of_shares(one, 0.5, (64, 14))) for one in (0.05, 0.33, 0.5, 0.95)],
    ),
    Row(
        behind=("unqover/split_half_reliability",),
        estimator="split halves, Fisher z, Spearman-Brown",
        situation="48 pairs under an attribute in 14 sentences, true reliability 0.5 to 0.97",
        cases=[Case(f"{spread}", halves(spread)) for spread in (0.0267, 0.06, 0.15)],
        asked=0.92,
    ),
    Row(
        behind=("unqover/scoring_agreement",),
        estimator="correlation of two scorings, Fisher z",
        situation="37 subjects, correlation 0, 0.5 and 0.9",
        cases=[Case(f"{one}", summaries(one)) for one in (0.0, 0.5, 0.9)],
        asked=0.92,
        worlds=10_000,
    ),
)
