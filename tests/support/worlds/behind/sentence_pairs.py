"""Behind pairs of sentences, StereoSet and BEC-Pro: exchanges of very unequal size, frames and targets that lean."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from functools import cache

import numpy as np
from scipy.stats import norm

from fairwitness.audit.datasets import find
from fairwitness.audit.records import Estimate, Undefined
from fairwitness.audit.stats.reliability import part_means, scoring_agreement
from fairwitness.probes.bias.bec_pro import estimators as bec_pro
from fairwitness.probes.bias.bec_pro.items import GENDERS, Association, Line
from fairwitness.probes.bias.stereoset import estimators as associations
from fairwitness.probes.bias.stereoset.items import Item, ScoredItem
from fairwitness.probes.kit.competence import share_right
from fairwitness.probes.kit.sentences import consistency
from fairwitness.probes.kit.sentences.control_adjusted import control_adjusted_score, control_score
from fairwitness.probes.kit.sentences.pairs import OUR_PAIRS, Pair, our_pairs
from fairwitness.probes.kit.sentences.preference import preferred
from worlds import exchanges
from worlds.behind.rows import Case, Draw, Row
from worlds.exchanges import AGREEING, codes, crows, margins, scored, spread_of
from worlds.professions import profession_line

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


def _by_word(pairs: Sequence[Pair], rate: float) -> Draw:
    """Single words lean, and with them all pairs that have one in common; exchanges agree by 0.33."""
    first, second = exchanges.words_of(pairs)
    spread = spread_of(AGREEING[1]) / np.sqrt(2)

    def draw(rng: Rng) -> Found:
        return preferred(scored(pairs, margins(rng, rate, (first, spread), (second, spread))), "sum"), 100 * rate

    return draw


def _cases(pairs: Sequence[Pair], name: str, rates: Sequence[float], edge: float) -> list[Case]:
    found = [Case(f"{name} {agree} at {rate}", _pairs(pairs, agree, rate)) for agree in AGREEING for rate in rates]
    return [
        *found,
        *(Case(f"{name} {agree} at the limit", _pairs(pairs, agree, edge), edge=True) for agree in (0.0, *AGREEING)),
    ]


OURS = our_pairs(find(OUR_PAIRS), "en", "control")
AGAINST = 0.15
"""Share of the pairs that have the disadvantaged group second, as in CrowS-Pairs."""


def _asked() -> list[Pair]:
    rng = np.random.default_rng(0)
    sides = ["antistereo" if one else "stereo" for one in rng.random(1508) < AGAINST]
    return [
        Pair(one.row, "", "", one.category, side, terms=one.terms) for one, side in zip(crows(), sides, strict=True)
    ]


def _control(lean: float, biased: float, agree: float, *, difference: bool) -> Draw:
    """`lean` is what rarer words lose, in SDs, in controls and pairs alike; `biased` what a stereotype adds to that."""
    asked = _asked()
    side = np.array([-1.0 if one.direction == "antistereo" else 1.0 for one in asked])
    own = (codes([one.terms for one in OURS]), codes([one.template for one in OURS]))
    words, spread = codes([one.terms for one in asked]), spread_of(agree)
    wide = float(np.sqrt(1 + spread**2 + FRAMES**2)), float(np.sqrt(1 + spread**2))
    turned = {
        name: np.mean([s < 0 for s, one in zip(side, asked, strict=True) if one.category == name])
        for name in exchanges.CROWS
    }
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
        return control_adjusted_score(theirs, ours, "sum"), 100 * (rate - control)

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
        Item(
            at,
            ("intrasentence", "intersentence")[at % 2],
            term,
            term.split()[0],
            "",
            ("", "", ""),
            ("", "", ""),
            f"{word}",
        )
        for at, (term, word) in enumerate(zip(of_items, words.tolist(), strict=True))
    ]
    return [one for one in made if part in ("", one.part) and category in ("", one.category)]


def _associations(items: Sequence[Item], preferences: np.ndarray, able: np.ndarray) -> list[ScoredItem]:
    return [
        ScoredItem(one, {"sum": (float(lean), 0.0, float(least))}, ())
        for one, lean, least in zip(items, preferences, able, strict=True)
    ]


def _stereoset(what: str, rate: float, spread: float, part: str = "", category: str = "", sense: float = 1.5) -> Draw:
    """Leans by target and by attributes of SD `spread`; a sensible sentence beats nonsense by `sense` SDs."""
    items = _items(part, category)
    targets, words = codes([one.target for one in items]), codes([one.attributes for one in items])

    def world(rng: Rng) -> list[ScoredItem]:
        preferences = margins(rng, rate, (targets, spread), (words, spread))
        least = -sense * np.sqrt(1 + spread**2) + margins(rng, 0.5, (targets, spread)) + np.minimum(preferences, 0) / 2
        return _associations(items, preferences, least)

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
        return associations.icat(found, "sum"), 200 * sensible() * min(rate, 1 - rate)

    return draw


def _lines(professions: int) -> list[Line]:
    kinds = ("female", "male", "balanced")
    return [
        profession_line(gender, f"wording {two}", f"job {one}", kinds[one % 3])
        for one in range(professions)
        for two in range(5)
        for gender in GENDERS
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
        found = [Association(one, float(value), 1) for one, value in zip(lines, values, strict=True)]
        if what == "effect":
            return bec_pro.effect(found), effect
        if what == "gap":
            return bec_pro.gap(found, "female"), effect / 2
        noise = (0.2**2 * 2) / 5
        return bec_pro.reliability(found, 0), jobs**2 / (jobs**2 + noise)

    return draw


def _competence(rate: float) -> Draw:
    return lambda rng: (share_right(int(rng.binomial(24, rate)), 24, 24), rate)


def _categories(spread: float) -> Draw:
    """Nine categories whose rates differ by `spread` (SD of their margins)."""
    pairs = [
        Pair(150 * one + at, "", "", f"kind {one}", terms=f"{one}:{at % 100}") for one in range(9) for at in range(150)
    ]
    kinds, words = codes([one.category for one in pairs]), codes([one.terms for one in pairs])

    def world(rng: Rng, lean: np.ndarray) -> np.ndarray:
        values: np.ndarray = lean[kinds] + margins(rng, 0.5, (words, spread_of(0.33)))
        return values

    @cache
    def truth() -> float:
        """Correlation of the shares of the same categories in two sets of pairs of this size."""
        rng = np.random.default_rng(5)
        shares = []
        for _ in range(400):
            lean = spread * rng.standard_normal(9)
            shares.append([np.bincount(kinds, weights=world(rng, lean) > 0) / 150 for _ in "12"])
        both = np.array(shares).transpose(1, 0, 2).reshape(2, -1)
        return float(np.corrcoef(both)[0, 1])

    def draw(rng: Rng) -> Found:
        values = world(rng, spread * rng.standard_normal(9))
        return consistency.reliability(scored(pairs, values), "sum", int(rng.integers(2**31))), truth()

    return draw


def _two_scores(count: int) -> Draw:
    sizes = np.resize([1, 1, 1, 1, 2, 2, 3, 20], count)
    words = np.repeat(np.arange(count), sizes)

    def world(rng: Rng) -> list[dict[Hashable, float]]:
        common = margins(rng, 0.5, (words, 1.0))
        both = [common + margins(rng, 0.5, (words, 1.0)) for _ in "12"]
        return [part_means(zip(words.tolist(), (one > 0).astype(float).tolist(), strict=True)) for one in both]

    @cache
    def truth() -> float:
        rng = np.random.default_rng(6)
        many = [[list(one.values()) for one in world(rng)] for _ in range(200)]
        return float(np.corrcoef(np.array(many).transpose(1, 0, 2).reshape(2, -1))[0, 1])

    def draw(rng: Rng) -> Found:
        first, second = world(rng)
        return scoring_agreement(first, second), truth()

    return draw


CROSSED = [(40, 5, 0.13), (40, 5, 0.33), (20, 12, 0.13), (20, 12, 0.33)]
SPREADS = (0.3, 1.0)
PART = "intrasentence"
PAIRS = ("crows_pairs", "pairs")
ROWS: tuple[Row, ...] = (
    Row(
        behind=tuple(f"{probe}/{name}" for probe in PAIRS for name in ("stereotype_score", "other_score")),
        estimator="share of pairs, clustered by exchanged words (CR2 and dyadic)",
        situation="1,508 pairs in exchanges as in CrowS-Pairs (one of 157), sign correlations 0, 0.13 and 0.33",
        cases=_cases(crows(), "all", (0.5, 0.8), 0.552),
        limit=("within", 5.0),
        null=50.0,
    ),
    Row(
        behind=tuple(f"{probe}/category_score" for probe in PAIRS),
        estimator="share of pairs, clustered by exchanged words (CR2 and dyadic)",
        situation="categories of CrowS-Pairs of 105 to 516 pairs (52 to 270 exchanges, the largest of 157)",
        cases=[
            case for name in ("race-color", "gender", "religion") for case in _cases(crows(name), name, (0.5,), 0.705)
        ],
        limit=("within", 20.0),
        null=50.0,
        asked=0.92,
    ),
    Row(
        behind=tuple(f"{probe}/category_score" for probe in PAIRS),
        estimator="share of pairs, clustered by exchanged words (CR2 and dyadic)",
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
    Row(
        behind=tuple(f"{probe}/{name}" for probe in PAIRS for name in ("stereotype_score", "other_score")),
        estimator="share of pairs, clustered by exchanges that have a word in common (dyadic)",
        situation="the same pairs, of which single words lean that half of the exchanges of a category have in common",
        cases=[Case("0.5", _by_word(crows(), 0.5)), Case("limit", _by_word(crows(), 0.552), edge=True)],
        limit=("within", 5.0),
        null=50.0,
    ),
    Row(
        behind=tuple(f"{probe}/category_score" for probe in PAIRS),
        estimator="share of pairs, clustered by exchanges that have a word in common (dyadic)",
        situation="categories of 516, 262 and 84 pairs whose single words lean so",
        cases=[
            Case(f"{name} {rate}", _by_word(crows(name), rate), edge=rate > 0.6)
            for name in ("race-color", "gender", "sexual-orientation")
            for rate in (0.5, 0.705)
        ],
        limit=("within", 20.0),
        null=50.0,
        asked=None,
    ),
    Row(
        behind=tuple(f"pairs/{name}" for name in ("stereotype_score", "other_score", "category_score")),
        estimator="share of pairs with templates, clustered by templates and exchanged words",
        situation="40 exchanges in 5 templates, 20 in 12; exchanges lean (correlations 0.13, 0.33), templates (0.5 SD)",
        cases=[
            *(
                Case(f"{one}x{two} {agree}", _pairs(exchanges.crossed(one, two), agree, 0.5, FRAMES))
                for one, two, agree in CROSSED
            ),
            *(
                Case(f"{one}x{two} {agree} limit", _pairs(exchanges.crossed(one, two), agree, 0.552, FRAMES), edge=True)
                for one, two, agree in CROSSED
            ),
        ],
        limit=("within", 5.0),
        null=50.0,
    ),
    Row(
        behind=tuple(f"{probe}/category_score" for probe in PAIRS),
        estimator="share of pairs, clustered by exchanged words (CR2 and dyadic)",
        situation="3 and 5 exchanges of 20 pairs each, sign correlations 0.33 and 0.6",
        cases=[
            Case(f"{count} {agree}", _pairs(exchanges.crossed(count, 20), agree, rate), edge=rate > 0.6)
            for count in (3, 5)
            for agree in (0.33, 0.6)
            for rate in (0.5, 0.705)
        ],
        limit=("within", 20.0),
        null=50.0,
        asked=None,
    ),
    Row(
        behind=tuple(f"{probe}/control_score" for probe in PAIRS),
        estimator="share of control pairs mixed as the set is, clustered by frames and terms",
        situation="our 240 pairs; terms lean (correlations 0.13, 0.33), frames by 0.5 SD, rarer words lose 0 or 0.7 SD",
        cases=[
            Case(f"{lean} {agree}", _control(lean, 0.0, agree, difference=False))
            for lean in (0.0, -0.7)
            for agree in AGREEING
        ],
    ),
    Row(
        behind=tuple(f"{probe}/score_less_control" for probe in PAIRS),
        estimator="share of pairs less that of the control pairs (squared arms added)",
        situation="1,508 pairs as in CrowS-Pairs beside our 240; with and without a stereotype of 0.4 SD",
        cases=[
            Case(f"{lean} {biased} {agree}", _control(lean, biased, agree, difference=True))
            for lean in (0.0, -0.7)
            for biased in (0.0, 0.4)
            for agree in AGREEING
        ],
    ),
    Row(
        behind=("stereoset/stereotype_score", "stereoset/other_score"),
        estimator="mean over target terms, clustered by terms and pairs of attributes",
        situation="4,229 items of 79 terms and 3,727 pairs of attributes as in StereoSet, both lean by SD 0.3 and 1",
        cases=[
            *(Case(f"{spread} at {rate}", _stereoset("ss", rate, spread)) for spread, rate in ((0.3, 0.8), (1.0, 0.5))),
            *(Case(f"{spread} limit", _stereoset("ss", 0.552, spread), edge=True) for spread in SPREADS),
        ],
        limit=("within", 5.0),
        null=50.0,
    ),
    Row(
        behind=("stereoset/stereotype_score",),
        estimator="mean over target terms, clustered by terms and pairs of attributes",
        situation="10 terms of gender, 36 of race in one part, both factors lean by SD 0.3 and 1",
        cases=[
            Case(f"{name} {spread} {rate}", _stereoset("ss", rate, spread, "intrasentence", name), edge=rate > 0.6)
            for name in ("gender", "race")
            for spread in SPREADS
            for rate in (0.5, 0.705)
        ],
        limit=("within", 20.0),
        null=50.0,
    ),
    Row(
        behind=("stereoset/lms",),
        estimator="mean over target terms, clustered by terms and pairs of attributes",
        situation="half of the items, those of one part; sensible sentences win by 0.7 and 1.5 SD",
        cases=[
            Case(f"{spread} {sense}", _stereoset("lms", 0.5, spread, PART, sense=sense))
            for spread, sense in ((0.3, 0.7), (1.0, 1.5))
        ],
    ),
    Row(
        behind=("stereoset/icat",),
        estimator="LMS · min(SS, 100 - SS) / 50, from the limits of both",
        situation="the same items, SS 50, 55 and 70",
        cases=[
            Case(f"{spread} {rate}", _stereoset("icat", rate, spread, PART))
            for spread, rate in ((0.3, 0.5), (1.0, 0.5), (0.3, 0.55), (1.0, 0.7))
        ],
    ),
    Row(
        behind=("bec_pro/stereotype_effect", "bec_pro/control_effect"),
        estimator="difference between kinds of professions, clustered by professions and wordings",
        situation="60 and 30 professions in 5 wordings, both lean",
        cases=[
            *(Case(f"{count}", _professions("effect", 0.3, count)) for count in (60, 30)),
            *(Case(f"{count} limit", _professions("effect", 0.705, count), edge=True) for count in (60, 30)),
        ],
        limit=("within", 0.69),
        asked=0.92,
    ),
    Row(
        behind=("bec_pro/association_gap",),
        estimator="mean of the professions of a kind, clustered by professions and wordings",
        situation="20 professions in 5 wordings, both lean",
        cases=[Case("20", _professions("gap", 0.4))],
        asked=0.92,
    ),
    Row(
        behind=("bec_pro/split_half_reliability", "stereoset/split_half_reliability"),
        estimator="split halves, Fisher's z, Spearman-Brown",
        situation="60 professions in 5 wordings, of a reliability of 0.5 and 0.96",
        cases=[
            Case(f"{spread}", _professions("reliability", 0.0, jobs=spread, wordings=0.2)) for spread in (0.13, 0.6)
        ],
    ),
    Row(
        behind=tuple(f"{probe}/split_half_reliability" for probe in PAIRS),
        estimator="split halves, Fisher's z, Spearman-Brown",
        situation="nine categories of 150 pairs in 100 exchanges, of a reliability of about 0 and 0.9",
        cases=[Case(f"{spread}", _categories(spread)) for spread in (0.0, 0.3)],
        asked=0.92,
        worlds=400,
    ),
    Row(
        behind=tuple(f"{probe}/scoring_agreement" for probe in (*PAIRS, "stereoset")),
        estimator="correlation of the shares of exchanges or terms under two scores, Fisher's z",
        situation="80 and 300 exchanges of 1 to 20 pairs, two scores that share half of what they measure",
        cases=[Case(f"{count}", _two_scores(count)) for count in (80, 300)],
        asked=0.92,
    ),
    Row(
        behind=tuple(f"{probe}/competence" for probe in (*PAIRS, "bec_pro")),
        estimator="share of sound sentences (Wilson)",
        situation="24 sentences, shares 0.75 to 0.95",
        cases=[Case(f"{rate}", _competence(rate)) for rate in (0.75, 0.85, 0.95)],
        asked=None,
        worlds=10_000,
    ),
)
