"""Behind pairs of sentences, StereoSet and BEC-Pro: exchanges of very unequal size, frames and targets that lean."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache, partial

import numpy as np
from scipy.stats import norm

from assay.audit.datasets import find
from assay.audit.records import Estimate, Undefined
from assay.probes.competence import share_right
from assay.probes.gender.slope import Point
from assay.probes.pairs import associations, bec_pro, consistency, controls
from assay.probes.pairs.associations import Association, Item
from assay.probes.pairs.items import Pair
from assay.probes.pairs.less_control import control_score, less_control
from assay.probes.pairs.preference import preferred
from assay.probes.pairs.professions import KEYS, Associated, Line
from worlds import exchanges
from worlds.behind.rows import Case, Draw, Row
from worlds.exchanges import AGREEING, codes, crows, margins, scored, spread_of

Rng = np.random.Generator
Found = tuple[Estimate | Undefined, float]
FRAMES = 0.5
"""SD of what a frame adds to a margin, beside noise of SD 1."""


def _pairs(pairs: Sequence[Pair], agree: float, rate: float, frames: float = 0.0) -> Draw:
    words, templates = codes([one.terms for one in pairs]), codes([one.template for one in pairs])

    def draw(rng: Rng) -> Found:
        values = margins(rng, rate, (words, spread_of(agree)), (templates, frames))
        return preferred(scored(pairs, values), "sum"), 100 * rate

    return draw


def _cases(pairs: Sequence[Pair], name: str, rates: Sequence[float], edge: float) -> list[Case]:
    found = [
        Case(f"{name} {agree} at {rate}", _pairs(pairs, agree, rate)) for agree in AGREEING for rate in rates
    ]
    return [*found, *(Case(f"{name} {agree} at the limit", _pairs(pairs, agree, edge), edge=True) for agree in (0.0, *AGREEING))]


OURS = controls.own_pairs(find(controls.NEED), "en", "control")
AGAINST = 0.15
"""Share of the pairs that have the disadvantaged group second, as in CrowS-Pairs."""


def _asked() -> list[Pair]:
    rng = np.random.default_rng(0)
    sides = ["antistereo" if one else "stereo" for one in rng.random(1508) < AGAINST]
    return [Pair(one.row, "", "", one.category, side, terms=one.terms) for one, side in zip(crows(), sides, strict=True)]


def _control(lean: float, biased: float, agree: float, *, difference: bool) -> Draw:
    """`lean` is what rarer words lose, in SDs, in controls and pairs alike; `biased` what a stereotype adds to that."""
    asked = _asked()
    side = np.array([-1.0 if one.direction == "antistereo" else 1.0 for one in asked])
    own = (codes([one.terms for one in OURS]), codes([one.template for one in OURS]))
    words, spread = codes([one.terms for one in asked]), spread_of(agree)
    wide = float(np.sqrt(1 + spread**2 + FRAMES**2)), float(np.sqrt(1 + spread**2))
    turned = {name: np.mean([s < 0 for s, one in zip(side, asked, strict=True) if one.category == name]) for name in exchanges.CROWS}
    share = sum(float(turned[one.category]) for one in asked) / len(asked)
    plain = float(norm.cdf(lean / wide[0]))
    control = (1 - share) * plain + share * (1 - plain)

    def draw(rng: Rng) -> Found:
        told = lean + margins(rng, 0.5, (own[0], spread), (own[1], FRAMES))
        values = side * lean + biased + margins(rng, 0.5, (words, spread))
        ours, theirs = scored(OURS, told), scored(asked, values)
        if not difference:
            return control_score(ours, theirs, "sum"), 100 * control
        rate = float(np.mean(norm.cdf((side * lean + biased) / wide[1])))
        return less_control(theirs, ours, "sum"), 100 * (rate - control)

    return draw


@cache
def _items(part: str, category: str) -> list[Item]:
    """Items of StereoSet without texts: target terms by category, the attributes of its sizes strewn over them."""
    rng = np.random.default_rng(1)
    targets = {"gender": 10, "profession": 30, "race": 36, "religion": 3}
    terms = [f"{name} {at}" for name, count in targets.items() for at in range(count)]
    of_items = np.repeat(terms, rng.integers(48, 60, len(terms))).tolist()
    words = np.repeat(np.arange(len(exchanges.STEREOSET)), exchanges.STEREOSET)
    words = np.concatenate([words, np.arange(10**4, 10**4 + len(of_items) - len(words))])
    rng.shuffle(words)
    made = [
        Item(at, ("intrasentence", "intersentence")[at % 2], term, term.split()[0], "", ("", "", ""), ("", "", ""), f"{word}")
        for at, (term, word) in enumerate(zip(of_items, words.tolist(), strict=True))
    ]
    return [one for one in made if part in ("", one.part) and category in ("", one.category)]


def _associations(items: Sequence[Item], leans: np.ndarray, able: np.ndarray) -> list[Association]:
    return [
        Association(one, {"sum": (float(lean), 0.0, float(least))}, ())
        for one, lean, least in zip(items, leans, able, strict=True)
    ]


def _stereoset(what: str, rate: float, spread: float, part: str = "", category: str = "", sense: float = 1.5) -> Draw:
    """Leans by target and by attributes of SD `spread`; a sensible sentence beats nonsense by `sense` SDs."""
    items = _items(part, category)
    targets, words = codes([one.target for one in items]), codes([one.attributes for one in items])

    def world(rng: Rng) -> list[Association]:
        leans = margins(rng, rate, (targets, spread), (words, spread))
        least = -sense * np.sqrt(1 + spread**2) + margins(rng, 0.5, (targets, spread)) + np.minimum(leans, 0) / 2
        return _associations(items, leans, least)

    @cache
    def sensible() -> float:
        rng = np.random.default_rng(2)
        return float(np.mean([one.related("sum") for _ in range(60) for one in world(rng)]))

    def draw(rng: Rng) -> Found:
        found = world(rng)
        if what == "ss":
            return associations.stereotype_score(found, "sum"), 100 * rate
        if what == "lms":
            return associations.lms(found, "sum"), 100 * sensible()
        return associations.icat(found, "sum", 0), 200 * sensible() * min(rate, 1 - rate)

    return draw


def _lines(professions: int) -> list[Line]:
    kinds = ("female", "male", "balanced")
    return [
        Line(0, "", "", "", gender, gender, f"wording {two}", f"job {one}", "", kinds[one % 3])
        for one in range(professions)
        for two in range(5)
        for gender in KEYS
    ]


def _professions(what: str, effect: float, professions: int = 60, jobs: float = 0.6, wordings: float = 0.4) -> Draw:
    """Women less men by profession and wording: leans of both, what a wording makes of each kind, and noise."""
    lines = _lines(professions)
    job, wording = codes([one.key for one in lines]), codes([one.template for one in lines])
    woman = np.array([one.gender == "female" for one in lines], dtype=np.float64)
    kind = np.array([{"female": 0.5, "male": -0.5}.get(one.dominated, 0.0) for one in lines])

    def draw(rng: Rng) -> Found:
        lean = jobs * rng.standard_normal(professions)[job] + wordings * rng.standard_normal(5)[wording]
        lean = lean + kind * (effect + 0.2 * rng.standard_normal(5)[wording])
        values = woman * lean + 0.2 * rng.standard_normal(len(lines))
        found = [Associated(one, float(value), 1) for one, value in zip(lines, values, strict=True)]
        if what == "effect":
            return bec_pro.effect(found), effect
        if what == "gap":
            return bec_pro.gap(found, "female"), effect / 2
        noise = (0.2**2 * 2) / 5
        return bec_pro.reliability(found, 0), jobs**2 / (jobs**2 + noise)

    return draw


def _competence(rate: float) -> Draw:
    return lambda rng: (share_right(int(rng.binomial(24, rate)), 24, 24), rate)


PAIRS = ("crows_pairs", "pairs")
ROWS: tuple[Row, ...] = (
    Row(
        behind=tuple(f"{probe}/{name}" for probe in PAIRS for name in ("stereotype_score", "other_score")),
        estimator="share of pairs, clustered by exchanged words (CR2, Wilson at the effective count)",
        situation="1,508 pairs in exchanges as in CrowS-Pairs (one of 157), sign correlations 0, 0.13 and 0.33",
        cases=_cases(crows(), "all", (0.5, 0.8), 0.552),
        limit=("within", 5.0),
        null=50.0,
    ),
    Row(
        behind=tuple(f"{probe}/category_score" for probe in PAIRS),
        estimator="share of pairs, clustered by exchanged words (CR2, Wilson at the effective count)",
        situation="categories of CrowS-Pairs of 105 to 516 pairs (half of sizes up to 157)",
        cases=[
            case for name in ("race-color", "gender", "religion") for case in _cases(crows(name), name, (0.5,), 0.705)
        ],
        limit=("within", 20.0),
        null=50.0,
    ),
    Row(
        behind=tuple(f"{probe}/category_score" for probe in PAIRS),
        estimator="share of pairs, clustered by exchanged words (CR2, Wilson at the effective count)",
        situation="categories of CrowS-Pairs of 60 to 87 pairs (sexual orientation: one exchange of 36)",
        cases=[
            case
            for name in ("sexual-orientation", "age", "disability")
            for case in _cases(crows(name), name, (0.5,), 0.705)
        ],
        limit=("within", 20.0),
        null=50.0,
        asked=0.92,
    ),
)
