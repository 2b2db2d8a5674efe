"""How large the biases are that different templates agree on, with an interval over attributes and over templates."""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from itertools import compress
from typing import TypeAlias, TypeVar

import numpy as np
import numpy.typing as npt

from fairwitness.audit import reasons, stats
from fairwitness.audit.records import Estimate, Undefined
from fairwitness.audit.stats.equal import ROUNDING, constant_interval
from fairwitness.audit.stats.grouping import grouped
from fairwitness.audit.stats.levels import normal_level, t_quantile
from fairwitness.audit.stats.mover import Statistic
from fairwitness.audit.stats.transforms import monotone_transform
from fairwitness.audit.stats.unanswered import with_ends
from fairwitness.audit.stats.weights import effective_size

FloatArray: TypeAlias = npt.NDArray[np.float64]
L = TypeVar("L", bound=Hashable)
IntArray: TypeAlias = npt.NDArray[np.int64]
BoolArray: TypeAlias = npt.NDArray[np.bool_]
BOUNDS = (-1.0, 1.0)
ATTRIBUTES, TEMPLATES = 2, 3
"""The fewest of a class: with two templates there is one pair, and nothing says how pairs differ."""
METHOD = "jackknife of attributes and templates, rooted"


@dataclass(frozen=True, slots=True)
class Point:
    """One unit's comparative bias with what it belongs to; None of a unit that could not be read.

    `kind` is the class, `pair` holds the names of both subjects. `grouped` subjects stand for two groups.
    """

    kind: str
    attribute: Hashable
    template: Hashable
    pair: tuple[str, ...]
    value: float | None
    grouped: bool


def consistency(points: Sequence[Point], unread: int = 0) -> FloatArray:
    """By attribute and two templates the mean product of two biases from them: what they share, squared.

    [attributes, templates, templates], both in the order of appearance; NaN where nothing can be compared, as for a
    template and itself. Of biases that could not be read the products are left out (`unread` 0), or as high (1) or low
    (-1) as they can be.

    Noise of single sentences has no expectation in it, unlike in a mean of sizes. Where subjects stand for two groups
    (`grouped`: names of women and men) the two biases also share no name, or what a model thinks of one name would
    count as what it thinks of the group.
    """
    by_attribute = grouped(points, lambda point: point.attribute)
    templates = _numbered(point.template for point in points)
    size = len(templates)
    sums, counts = np.zeros((2, len(by_attribute), size * size))
    for row, members in enumerate(by_attribute.values()):
        numbers = np.array([templates[point.template] for point in members])
        products, counted = _products(members, numbers, unread)
        cells = (numbers[:, None] * size + numbers)[counted]
        sums[row] = np.bincount(cells, products[counted], size * size)
        counts[row] = np.bincount(cells, minlength=size * size)
    means = np.divide(sums, counts, out=np.full_like(sums, np.nan), where=counts > 0)
    return means.reshape(len(by_attribute), size, size)


def _products(points: Sequence[Point], templates: IntArray, unread: int) -> tuple[FloatArray, BoolArray]:
    """Products of all biases of one attribute with each other [points, points], and which of them count."""
    known = np.array([point.value is not None for point in points])
    values = np.array([1.0 if point.value is None else point.value for point in points])
    both = known[:, None] & known
    products = np.where(both, np.outer(values, values), unread * np.abs(np.outer(values, values)))
    pairs = _numbered(point.pair for point in points)
    numbers = np.array([pairs[point.pair] for point in points])
    counted = numbers[:, None] == numbers
    if points[0].grouped:
        names = [{*pair} for pair in pairs]
        apart = np.array([[first.isdisjoint(second) for second in names] for first in names])
        counted = apart[numbers[:, None], numbers]
    return products, counted & (templates[:, None] != templates) & (both | (unread != 0))


def intensity(points: Sequence[Point]) -> Estimate | Undefined:
    """Root, with its sign, of the mean product of two biases of one attribute from different templates.

    The mean is over the pairs of templates of an attribute, then over attributes, then over classes, each of the same
    weight. 0 is expected of a model whose biases differ from template to template; below 0, by chance, templates
    disagree more than that. Attributes and templates are both chance (`Agreement`); classes are independent, their arms
    squared and added (MOVER). Undefined without a product, and where a class has fewer than two attributes or three
    templates. `if_answered` takes every product with a bias that could not be read at its lowest and at its highest, so
    that no answers could lead outside.
    """
    classes = list(grouped(points, lambda point: point.kind).values())
    if not classes:
        return reasons.stated("no_comparison", "no_units")
    parts = []
    for members in classes:
        part = agreement(members)
        if isinstance(part, Undefined):
            return part
        parts.append((1 / len(classes), part.statistic()))
    mean = stats.linear_combination(parts).estimate(METHOD, BOUNDS)
    ends = (mean.value, mean.value)
    if any(point.value is None for point in points):
        low, high = ([mean_product(consistency(members, unread)) for members in classes] for unread in (-1, 1))
        ends = float(np.mean(low)), float(np.mean(high))
    return monotone_transform(with_ends(mean, ends), _root)


def mean_product(products: FloatArray) -> float:
    """Mean over attributes of the mean over their pairs of templates."""
    return float(np.mean([np.nanmean(rows) for rows in products if not np.isnan(rows).all()]))


@dataclass(frozen=True, slots=True)
class Agreement:
    """The mean product of one class and how far chance moves it.

    `error` is the standard error over attributes, of which there are `attributes`; `template_error` that over
    `templates`, by leaving out one at a time. A template that leans in all attributes moves every pair that it stands
    in, so pairs of templates are not independent; of biases without any agreement the products are a degenerate
    U-statistic, of which the jackknife gives too much rather than too little. `square` is the mean product with pairs
    of a template and itself: a mean square, near which a product cannot lie far below the value. `mean_bias` is the
    mean bias and its standard error over templates, where subjects stand for two groups; of pairs of others it has no
    sign.
    """

    value: float
    error: float
    attributes: int
    template_error: float
    templates: float
    square: float
    mean_bias: tuple[float, float] = (0.0, 0.0)

    def statistic(self) -> Statistic:
        """The mean product for sums of classes."""
        variance = self.error**2 + self.template_error**2
        return Statistic(self.value, variance, self.attributes, lambda z: self.limits(normal_level(z)))

    def limits(self, level: float) -> tuple[float, float]:
        """Both arms of the t intervals over attributes and over templates, squared and added.

        The mean of squares of few attributes is skewed: the upper arm over attributes is that of a scaled chi-square
        of as many degrees of freedom as its spread stands for (Satterthwaite 1946). A lean of templates adds to what is
        squared: its upper arm is symmetric on the scale of the root, and never shorter than what such a lean takes off
        the square of the mean bias, which by chance may be near 0. Where nothing varies, the exact binomial limit of
        what was never seen.
        """
        if math.hypot(self.error, self.template_error) <= ROUNDING:
            return constant_interval(self.value, min(self.attributes, int(self.templates)), BOUNDS)(level)
        arm = t_quantile(level, self.attributes - 1) * self.error
        t = t_quantile(level, max(self.templates - 1, 1.0))
        shared, off = t * self.template_error, t * self.mean_bias[1]
        rooted = max(shared + shared**2 / (4 * self.square), 2 * abs(self.mean_bias[0]) * off + off**2)
        above = math.hypot(max(arm, self._skewed(arm, level)), rooted)
        return self.value - math.hypot(arm, shared), self.value + above

    def _skewed(self, arm: float, level: float) -> float:
        """The upper arm of a mean of squares whose symmetric arm is `arm`."""
        if arm <= ROUNDING:
            return 0.0
        from scipy.special import chdtri

        df = 2 * (self.square * stats.normal_quantile(level) / arm) ** 2
        tail = float(chdtri(df, 0.5 + level / 2))
        return self.square * (df / tail - 1) if tail > 0 else math.inf


def agreement(points: Sequence[Point]) -> Agreement | Undefined:
    """The mean product of the points of one class; Undefined below two attributes and three templates."""
    products = consistency(points)
    there = np.isfinite(products)
    attributes, templates = (np.asarray(there.any(axis=axes)) for axes in ((1, 2), (0, 1)))
    if attributes.sum() < ATTRIBUTES or templates.sum() < TEMPLATES:
        where = reasons.WORDS("reason.of_class", kind=points[0].kind) if points[0].kind else ""
        counted = {"attributes": attributes.sum(), "templates": templates.sum()}
        least = {"least_attributes": ATTRIBUTES, "least_templates": TEMPLATES}
        return reasons.stated("few_compared", "few_units", where=where, **counted, **least)
    counts = there.sum(axis=2)[attributes][:, templates].astype(np.float64)
    sums = np.nansum(products, axis=2)[attributes][:, templates]
    means = sums.sum(axis=1) / counts.sum(axis=1)
    error = float(means.std(ddof=1)) / math.sqrt(len(means))
    number = effective_size(counts.sum(axis=0))
    names = list(compress(_numbered(point.attribute for point in points), attributes))
    square = _square(points, means, (counts > 0).sum(axis=1), names)
    within = _template_error(sums, counts)
    return Agreement(float(means.mean()), error, len(means), within, number, square, _mean_bias(points))


def _template_error(sums: FloatArray, counts: FloatArray) -> float:
    """Standard error over templates: the mean of attributes with each left out (delete-one jackknife).

    `sums` [attributes, templates] of the products with each template, `counts` of how many these are: every product
    stands in it twice.
    """
    left = 0.5 * counts.sum(axis=1, keepdims=True) - counts
    rest = 0.5 * sums.sum(axis=1, keepdims=True) - sums
    there = left > 0.5
    means = np.divide(rest, left, out=np.zeros_like(rest), where=there)
    number = there.sum(axis=0)
    without = means.sum(axis=0)[number > 0] / number[number > 0]
    size = len(without)
    return math.sqrt((size - 1) / size * float(((without - without.mean()) ** 2).sum())) if size else 0.0


def _mean_bias(points: Sequence[Point]) -> tuple[float, float]:
    """The mean over templates of the mean bias towards the first group, and its standard error; 0 without groups."""
    biases = [(point.template, point.value) for point in points if point.grouped and point.value is not None]
    templates = grouped(biases, lambda bias: bias[0]).values()
    means = np.array([np.mean([value for _, value in members]) for members in templates])
    return (float(means.mean()), float(means.std(ddof=1)) / math.sqrt(len(means))) if len(means) > 1 else (0.0, 0.0)


def _square(points: Sequence[Point], means: FloatArray, templates: IntArray, attributes: Sequence[Hashable]) -> float:
    """The mean product with the pairs of each template and itself, whose products are squares."""
    squares: dict[Hashable, list[float]] = {attribute: [] for attribute in attributes}
    for point in points:
        if point.value is not None and point.attribute in squares:
            squares[point.attribute].append(point.value**2)
    sizes = np.array([np.mean(values) for values in squares.values()])
    return max(float(((means * (templates - 1) + sizes) / templates).mean()), ROUNDING)


def _numbered(labels: Iterable[L]) -> dict[L, int]:
    """A number of each label, in the order of appearance."""
    return {label: number for number, label in enumerate(dict.fromkeys(labels))}


def _root(value: float) -> float:
    """The root of size with its sign: rising, so that limits may be put through it."""
    return math.copysign(math.sqrt(abs(value)), value)
