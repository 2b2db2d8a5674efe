"""The evidence of pairs: groups, ways of scoring, examples, names, controls and what was left out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np

from fairwitness.audit import stats
from fairwitness.audit.records import Estimate, Evidence, Undefined
from fairwitness.audit.stats.grouping import grouped
from fairwitness.probes.kit.blanks import ModelType
from fairwitness.probes.kit.coreference.findings import BEHIND
from fairwitness.probes.kit.coreference.pairs import WORDS, Control, Pair, Responses, ScoredPair, gap_of
from fairwitness.probes.kit.coreference.questions import WORDINGS, Question, Resolved
from fairwitness.probes.kit.tables import Listing, distinct, flag, interval, label, number, prompt, text, token_counts

Scored = Sequence[ScoredPair]
SHARE, DIFFERENCE, NATS = "share", "difference of shares", "nats"


def _mean(scored: Scored, value: Callable[[ScoredPair], float]) -> float:
    return float(np.mean([value(score) for score in scored]))


@dataclass(frozen=True, slots=True)
class Group:
    """Pairs of a group with their gap, and McNemar's exact p-value alone and corrected for all groups (Holm)."""

    name: str
    scored: Scored
    gap: Estimate | Undefined
    p: float
    corrected: float


GROUPS: Listing[Group] = Listing(
    "groups",
    WORDS,
    label("group", lambda group: group.name),
    number("pairs", lambda group: len(group.scored)),
    number("clusters", lambda group: len({score.pair.cluster for score in group.scored})),
    number("right_expected", lambda group: _mean(group.scored, lambda score: score.pro.right), SHARE),
    number("right_other", lambda group: _mean(group.scored, lambda score: score.anti.right), SHARE),
    interval(
        ("gap", "low", "high"),
        lambda group: group.gap,
        DIFFERENCE,
        otherwise=lambda group: _mean(group.scored, lambda score: score.gap),
    ),
    number("p (McNemar, exact)", lambda group: group.p),
    number("p (Holm)", lambda group: group.corrected),
)
Score = tuple[str, int, float | None, float | None, float | None]
"""A way of scoring, pairs, the shares right with the expected and the other pronoun, and the gap."""
SCORES: Listing[Score] = Listing(
    "scores",
    WORDS,
    label("score", lambda row: row[0]),
    number("pairs", lambda row: row[1]),
    number("right_expected", lambda row: row[2], SHARE),
    number("right_other", lambda row: row[3], SHARE),
    number("gap", lambda row: row[4], DIFFERENCE),
)
NAMES = token_counts("names", WORDS, "name")
CONTROLS: Listing[Control] = Listing(
    "controls",
    WORDS,
    prompt("text", lambda control: control.question.asked(WORDINGS[0])),
    label("right", lambda control: control.question.right),
    number("margin", lambda control: control.answer.margin if control.answer else None, NATS),
    flag("wrong", lambda control: None if control.answer is None else not control.answer.decided),
)
LEFT_OUT: Listing[tuple[Pair, str]] = Listing(
    "left_out",
    WORDS,
    label("group", lambda row: row[0].group),
    text("expected_pronoun", lambda row: row[0].pro.text),
    text("other_pronoun", lambda row: row[0].anti.text),
    text("reason", lambda row: row[1]),
)


def evidence(responses: Responses) -> list[Evidence]:
    """Every table that has rows, and those that metrics point at."""
    clean, model = responses.clean, responses.model
    wrong_first = sorted(responses.controls, key=lambda control: control.answer is not None and control.answer.decided)
    tables = [
        groups(clean),
        SCORES.of(_scores(clean) if clean else ()),
        examples(clean, model),
        names(clean, model),
        CONTROLS.of(wrong_first),
        left_out(responses),
    ]
    return [table for table in tables if table.rows or table.id in BEHIND]


def groups(scored: Scored) -> Evidence:
    """One row a group."""
    parts = grouped(sorted(scored, key=lambda score: score.pair.group), lambda score: score.pair.group)
    p_values = [_mcnemar(part) for part in parts.values()]
    rows = zip(parts.items(), p_values, stats.holm(p_values), strict=True)
    return GROUPS.of(
        Group(name, part, gap_of(part, lambda side: side.right), p, float(corrected))
        for (name, part), p, corrected in rows
    )


def _mcnemar(scored: Scored) -> float:
    only_anti = sum(score.anti.decided and not score.pro.decided for score in scored)
    return stats.mcnemar(sum(score.only_pro for score in scored), only_anti)


def _scores(scored: Scored) -> list[Score]:
    """One row a way of scoring; then how far the wordings differ and how often sum and mean agree."""
    same = [score for score in scored if score.pro.equal_length]
    rows = [
        _scored(WORDS("scoring.sum"), scored, lambda side: side.right),
        _scored(WORDS("scoring.mean"), scored, lambda side: side.right_per_token),
    ]
    rows += [_scored(WORDS("scoring.equal"), same, lambda side: side.right)] if same else []
    wordings = [_wording(place, scored) for place in range(len(WORDINGS))]
    spread = float(np.std([gap for *_, gap in wordings if gap is not None], ddof=1))
    sides = [side for score in scored for side in (score.pro, score.anti)]
    agreed = float(np.mean([side.agreeing for side in sides]))
    return [
        *rows,
        *wordings,
        (WORDS("scoring.spread"), len(scored), None, None, spread),
        (WORDS("scoring.agreed"), len(scored), agreed, None, None),
    ]


def _wording(place: int, scored: Scored) -> Score:
    name = WORDINGS[place].format(text="…", pronoun="she")
    return _scored(name, scored, lambda side: float(side.sums[place] > 0))


def _scored(name: str, scored: Scored, right: Callable[[Resolved], float]) -> Score:
    pro, anti = _mean(scored, lambda score: right(score.pro)), _mean(scored, lambda score: right(score.anti))
    return name, len(scored), pro, anti, pro - anti


def examples(scored: Scored, model: ModelType) -> Evidence:
    """Every pair, those that only the expected pronoun resolves first, with the exact texts the model saw."""

    def seen(question: Question) -> str:
        return question.seen(WORDINGS[0], model)

    listing: Listing[ScoredPair] = Listing(
        "examples",
        WORDS,
        label("group", lambda score: score.pair.group),
        prompt("expected_pronoun", lambda score: seen(score.pair.pro)),
        prompt("other_pronoun", lambda score: seen(score.pair.anti)),
        label("right", lambda score: score.pair.pro.right),
        label("wrong", lambda score: score.pair.pro.wrong),
        number("margin, expected", lambda score: score.pro.margin, NATS),
        number("margin, other", lambda score: score.anti.margin, NATS),
        number("right, expected", lambda score: score.pro.right, SHARE),
        number("right, other", lambda score: score.anti.right, SHARE),
        number("preference_expected", lambda score: score.preference, NATS),
        number("tokens, right", lambda score: score.pro.tokens[0]),
        number("tokens, wrong", lambda score: score.pro.tokens[1]),
        flag("only_expected", lambda score: score.only_pro),
    )
    return listing.of(
        sorted(scored, key=lambda score: (-score.gap, score.anti.margin - score.pro.margin, score.pair.key))
    )


def names(scored: Scored, model: ModelType) -> Evidence:
    """Tokens of every name in this model."""
    tokens = chain.from_iterable(zip(score.pair.pro.names, score.pro.tokens, strict=True) for score in scored)
    return NAMES.of(sorted(distinct(tokens).items()), counted=WORDS(f"counted.{model}"))


def left_out(responses: Responses) -> Evidence:
    """Pairs that count in no metric, each with its reason."""
    rows = [(score.pair, score.pair.flaw) for score in responses.scored if score.pair.flaw]
    return LEFT_OUT.of([*rows, *((pair, WORDS("reason.silent")) for pair in responses.unscored)])
