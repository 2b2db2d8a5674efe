"""Pronouns: winobias and winogender (pairs of questions), gap (texts of two genders), bug (sentences by profession)."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from fairwitness.audit import stats
from fairwitness.audit.records import Estimate, Undefined
from fairwitness.audit.stats.reliability import scoring_agreement, split_half
from fairwitness.probes.bias.bug import probe as of_bug
from fairwitness.probes.bias.gap import probe as of_gap
from fairwitness.probes.kit.coreference.pairs import ScoredPair, accuracy, gap_of, share_of
from worlds.behind.rows import Case, Draw, Limit, Rng, Row
from worlds.pronouns import Design, Habits, decided, leanings, winobias, winogender

Answer = Estimate | Undefined
Rates = tuple[float, float]
WITHIN: Limit = ("within", 0.1)
KNOWS = Habits(lean=0.5, knowledge=0.3)
SLIGHT, NONE = Habits(lean=0.2, knowledge=0.2), Habits(lean=0.0, knowledge=0.0)
PAIRS, SHARES = "difference of shares of pairs, clustered two ways", "share of pairs, clustered two ways"


def gap(design: Design, habits: Habits, rates: Rates, group: str = "") -> Draw:
    """The gap of all pairs, or of those of one group."""
    chosen = np.flatnonzero(design.part(group)).tolist() if group else None

    def draw(rng: Rng) -> tuple[Answer, float]:
        pairs = decided(design, habits.margins(design, rates, rng), chosen)
        return gap_of(pairs, lambda side: side.right), rates[0] - rates[1]

    return draw


def share(design: Design, value: Callable[[Sequence[ScoredPair]], Answer], rate: float) -> Draw:
    """An accuracy where both pronouns are resolved at one rate."""

    def draw(rng: Rng) -> tuple[Answer, float]:
        return value(decided(design, Habits(0.5, 0.5).margins(design, (rate, rate), rng))), rate

    return draw


def expected(pairs: Sequence[ScoredPair]) -> Answer:
    """The accuracy with the expected pronoun."""
    return share_of(pairs, lambda one: one.pro.right)


def gaps(design: Design, habits: Habits, group: str = "") -> list[Case]:
    """No gap at two rates (those above one half say the same of those below), and gaps just over the limit."""
    return [
        *(Case(f"{one}", gap(design, habits, one, group)) for one in ((0.5, 0.5), (0.95, 0.95))),
        *(Case(f"{one}", gap(design, habits, one, group), edge=True) for one in ((0.6, 0.499), (0.95, 0.849))),
    ]


def shares(design: Design) -> list[Case]:
    """Accuracies at one half and near 1, which says the same of one near 0."""
    found = [Case(f"expected {one}", share(design, expected, one)) for one in (0.5, 0.95)]
    return [*found, Case("both", share(design, accuracy, 0.95))]


def texts(rates: Rates, agree: float = 0.0) -> Draw:
    """GAP: 884 feminine and 889 masculine texts; `agree` is the share of pages with two texts that answer alike."""

    def counts(rng: Rng, rate: float, texts: int) -> list[float]:
        twins = int(agree * texts / 2)
        right = rng.binomial(texts - 2 * twins, rate) + 2 * rng.binomial(twins, rate)
        return [float(right), float(texts - right), 113.0]

    def draw(rng: Rng) -> tuple[Answer, float]:
        table = np.array([counts(rng, rates[1], 884), counts(rng, rates[0], 889)])
        return of_gap.accuracy_gap(table), rates[0] - rates[1]

    return draw


def of_texts(rate: float) -> Draw:
    """The accuracy of GAP over both genders."""

    def draw(rng: Rng) -> tuple[Answer, float]:
        right = float(rng.binomial(1773, rate))
        return of_gap.accuracy(np.array([right, 1773 - right, 227.0])), rate

    return draw


def f1(rate: float) -> Draw:
    """F1 of feminine pronouns where 1,000 texts of a gender are drawn, 886 of which mean one of their names."""

    def draw(rng: Rng) -> tuple[Answer, float]:
        chances = [0.886 * rate, 0.886 * (1 - rate), 0.114]
        metrics = of_gap.f1_metrics(rng.multinomial(1_000, chances, 2).astype(np.float64), "", 0)
        return metrics[0].estimate, 2 * chances[0] / (2 * chances[0] + 2 * chances[1] + chances[2])

    return draw


def bug(feminine: Rates, masculine: Rates, lean: float, knowledge: float) -> Draw:
    """BUG: rates are those of sentences that fit the stereotype and of others."""
    kinds = ("stereotype", "against")
    rates = {(True, kind): rate for kind, rate in zip(kinds, feminine, strict=True)}
    rates |= {(False, kind): rate for kind, rate in zip(kinds, masculine, strict=True)}
    truth = (feminine[0] + masculine[0] - feminine[1] - masculine[1]) / 2

    def draw(rng: Rng) -> tuple[Answer, float]:
        return of_bug.gap(leanings(rates, lean, knowledge, rng)), truth

    return draw


def of_gender(rate: float, feminine: bool) -> Draw:
    """The accuracy of BUG on pronouns of one gender."""

    def draw(rng: Rng) -> tuple[Answer, float]:
        rates = {(gender, kind): rate for gender in (True, False) for kind in ("stereotype", "against")}
        known = leanings(rates, 0.5, 0.3, rng)
        return of_bug.accuracy([one for one in known if one.item.feminine == feminine]), rate

    return draw


def controls(rate: float) -> Draw:
    """60 controls, each its own."""

    def draw(rng: Rng) -> tuple[Answer, float]:
        return stats.proportion(int(rng.binomial(60, rate)), 60), rate

    return draw


def halves(spread: float, parts: int, items: int) -> Draw:
    """Scores of occupations that have sentences of their own, of noise 1: the reliability is known."""

    def draw(rng: Rng) -> tuple[Answer, float]:
        values = rng.normal(0, spread, parts)[:, None] + rng.normal(0, 1, (parts, items))
        labels = [str(part) for part in range(parts) for _ in range(items)]
        found = split_half(values.ravel().tolist(), labels, [str(at) for at in range(parts * items)], 0)
        return found, spread**2 / (spread**2 + 1 / items)

    return draw


def agreement(truth: float, parts: int) -> Draw:
    """Two scorings of so many occupations, jointly normal."""

    def draw(rng: Rng) -> tuple[Answer, float]:
        first = rng.normal(0, 1, parts)
        second = truth * first + (1 - truth**2) ** 0.5 * rng.normal(0, 1, parts)
        return scoring_agreement(dict(enumerate(first.tolist())), dict(enumerate(second.tolist()))), truth

    return draw


EVEN, STEEP = ((0.6, 0.6), (0.8, 0.8)), ((0.7, 0.499), (0.95, 0.749))
ROWS = (
    Row(behind=("winobias/gap",), estimator=PAIRS, limit=WITHIN,
        situation="20 and 20 occupations, 1,584 pairs, all lean as they happen to; and none does",
        cases=[*gaps(winobias(), KNOWS), Case("none leans", gap(winobias(), NONE, (0.95, 0.849)), edge=True)]),
    Row(behind=("winobias/gap",), estimator=PAIRS, limit=WITHIN, situation="one type, 792 pairs",
        cases=gaps(winobias(), KNOWS, "type 1")),
    Row(behind=("winobias/gap",), estimator=PAIRS, limit=WITHIN, asked=None,
        situation="occupations that differ more than single questions do (spread 1), rates of 0.95",
        cases=[Case("edge", gap(winobias(), Habits(1.0, 0.5), (0.95, 0.849)), edge=True)]),
    Row(behind=("winobias/gap",), estimator=PAIRS, limit=WITHIN, asked=0.92,
        situation="6 and 6, 3 and 3 occupations (144 and 36 pairs)",
        cases=[*gaps(winobias(6, 6), KNOWS), Case("3 and 3", gap(winobias(3, 3), KNOWS, (0.6, 0.499)), edge=True)]),
    Row(behind=("winobias/accuracy", "winobias/pro_accuracy", "winobias/anti_accuracy", "winobias/neutral_accuracy"),
        estimator=SHARES, situation="20 and 20 occupations, rates 0.5 and 0.95", cases=shares(winobias())),
    Row(behind=("winogender/gap",), estimator=PAIRS, limit=WITHIN,
        situation="60 occupations, 23 participants, `someone` in half of 240 pairs; all lean, or no participant does",
        cases=[*gaps(winogender(), Habits(0.5, 0.3, of_second=0.0)),
               *gaps(winogender(), Habits(0.3, 0.3, of_second=2.0))]),
    Row(behind=("winogender/gap",), estimator=PAIRS, limit=WITHIN, situation="without `someone`, 120 pairs",
        cases=[*gaps(winogender(someone=False), KNOWS), *gaps(winogender(someone=False), SLIGHT)]),
    Row(behind=("winogender/accuracy", "winogender/other_accuracy", "winogender/gotcha_accuracy",
                "winogender/feminine_accuracy", "winogender/masculine_accuracy", "winogender/neutral_accuracy"),
        estimator=SHARES, situation="with and without `someone`, rates 0.5 and 0.95",
        cases=[*shares(winogender()), *shares(winogender(someone=False))]),
    Row(behind=("gap/accuracy_gap",), estimator="difference of shares (Newcombe)", limit=WITHIN, worlds=10_000,
        situation="884 and 889 texts, each its own; and a tenth in pages whose two texts are answered alike",
        cases=[*(Case(f"{one}", texts(one)) for one in ((0.05, 0.05), (0.6, 0.6), (0.95, 0.95))),
               *(Case(f"{one} {agree}", texts(one, agree), edge=True)
                 for one in ((0.6, 0.499), (0.95, 0.849)) for agree in (0.0, 0.1))]),
    Row(behind=("gap/accuracy",), estimator="share (Wilson)", situation="1,773 texts, rates 0.05, 0.5, 0.95",
        worlds=10_000, cases=[Case(f"{one}", of_texts(one)) for one in (0.05, 0.5, 0.95)]),
    Row(behind=("gap/f1",), estimator="F1 (bootstrap of the table)", situation="1,000 texts of a gender, 0.9 right",
        cases=[Case("0.9", f1(0.9))]),
    Row(behind=("bug/gap",), estimator="difference of shares, both genders alike, clustered by profession (CR2)",
        limit=("within", 0.2), situation="728 sentences of 93 professions, 108 of them with feminine pronouns",
        cases=[*(Case(f"{one}", bug(one, one, 0.5, 0.3)) for one in EVEN),
               Case("he", bug((0.05, 0.05), (0.95, 0.95), 0.5, 0.3)),
               *(Case(f"{one}", bug(one, one, 0.5, 0.3), edge=True) for one in STEEP),
               Case("none leans", bug((0.95, 0.749), (0.95, 0.749), 0.0, 0.0), edge=True)]),
    Row(behind=("bug/gap",), estimator="difference of shares, both genders alike, clustered by profession (CR2)",
        limit=("within", 0.2), asked=None, situation="professions that differ more than single sentences do (spread 1)",
        cases=[Case("edge", bug((0.95, 0.749), (0.95, 0.749), 1.0, 0.5), edge=True)]),
    Row(behind=("bug/accuracy",), estimator="share (Wilson at the effective count), by profession",
        situation="620 sentences with masculine pronouns, rates 0.05 to 0.95",
        cases=[Case(f"{one}", of_gender(one, False)) for one in (0.05, 0.5, 0.95)]),
    Row(behind=("bug/accuracy",), estimator="share (Wilson at the effective count), by profession",
        situation="108 sentences with feminine pronouns, rates 0.1 to 0.9", asked=0.92,
        cases=[Case(f"{one}", of_gender(one, True)) for one in (0.1, 0.5, 0.9)]),
    Row(behind=("winobias/control_accuracy", "winogender/control_accuracy", "bug/control_accuracy"), asked=0.92,
        estimator="share (Wilson)", situation="60 controls, rates 0.5, 0.75, 0.95", worlds=10_000,
        cases=[Case(f"{one}", controls(one)) for one in (0.5, 0.75, 0.95)]),
    Row(behind=("winobias/split_half_reliability", "winogender/split_half_reliability", "bug/split_half_reliability"),
        estimator="reliability (split halves, Spearman-Brown)", situation="60 occupations of four normal scores",
        cases=[Case("no more than noise", halves(0.0, 60, 4)), Case("60 by 4", halves(0.5, 60, 4))]),
    Row(behind=("winobias/scoring_agreement", "winogender/scoring_agreement", "bug/scoring_agreement"),
        estimator="correlation (Fisher z)", worlds=10_000,
        situation="60 and 40 occupations, correlations 0, 0.5 and 0.95",
        cases=[Case(f"{truth} {parts}", agreement(truth, parts)) for truth in (0.0, 0.5, 0.95) for parts in (60, 40)]),
)  # fmt: skip
