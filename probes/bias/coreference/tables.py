"""The evidence of pairs: groups, ways of scoring, examples, names, controls and what was left out."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from fairwitness.audit import stats
from fairwitness.audit.records import Cell, Column, Estimate, Evidence
from fairwitness.probes.bias.coreference.pair_shares import gap_of
from fairwitness.probes.bias.coreference.pairs import Asked, Scored
from fairwitness.probes.bias.coreference.questions import WORDINGS, Arm, Resolved

SHARE = "share"
BEHIND = ("groups", "scores", "examples")
"""Tables that metrics point at, shown without rows where no pair was scored."""
DIFFERENCE = "difference of shares"
NATS = "nats"


def evidence(asked: Asked) -> list[Evidence]:
    """Every table that has rows."""
    tables = [
        groups(asked.clean),
        scores(asked.clean),
        examples(asked.clean, asked.arm),
        names(asked.clean, asked.arm),
        controls(asked),
        left_out(asked),
    ]
    return [one for one in tables if one.rows or one.id in BEHIND]


def groups(scored: Sequence[Scored]) -> Evidence:
    """One row a group: accuracies, gap with interval, McNemar's exact test and Holm's correction over the groups."""
    found = [
        (group, [one for one in scored if one.pair.group == group])
        for group in sorted({one.pair.group for one in scored})
    ]
    p_values = [_mcnemar(own) for _, own in found]
    rows: list[tuple[Cell, ...]] = []
    for (group, own), p, corrected in zip(found, p_values, stats.holm(p_values), strict=True):
        estimate = gap_of(own, lambda one: one.right)
        ends = (estimate.low, estimate.high) if isinstance(estimate, Estimate) else (None, None)
        counts = len(own), len({one.pair.cluster for one in own})
        means = _mean(own, _pro), _mean(own, _anti), _mean(own, lambda one: one.gap)
        rows.append((group, *counts, *means, *ends, p, corrected))
    columns = (
        Column("group"),
        Column("pairs", "number"),
        Column("clusters", "number"),
        Column("right, expected pronoun", "number", SHARE),
        Column("right, other pronoun", "number", SHARE),
        Column("gap", "number", DIFFERENCE),
        Column("low", "number", DIFFERENCE),
        Column("high", "number", DIFFERENCE),
        Column("p (McNemar, exact)", "number"),
        Column("p (Holm)", "number"),
    )
    caption = (
        "Gap by group over pairs; the interval is over clusters of pairs that share occupations, which the test of "
        "McNemar takes for independent"
    )
    return Evidence("groups", caption, "table", columns, tuple(rows), len(rows))


def _mcnemar(scored: Sequence[Scored]) -> float:
    only_pro = sum(one.pro.decided and not one.anti.decided for one in scored)
    only_anti = sum(one.anti.decided and not one.pro.decided for one in scored)
    return stats.mcnemar(only_pro, only_anti)


def _pro(one: Scored) -> float:
    return one.pro.right


def _anti(one: Scored) -> float:
    return one.anti.right


def _mean(scored: Sequence[Scored], value: Callable[[Scored], float]) -> float | None:
    return float(np.mean([value(one) for one in scored])) if scored else None


def scores(scored: Sequence[Scored]) -> Evidence:
    """One row a way of scoring; then how far the wordings differ and how often sum and mean agree."""
    columns = (
        Column("score"),
        Column("pairs", "number"),
        Column("right, expected pronoun", "number", SHARE),
        Column("right, other pronoun", "number", SHARE),
        Column("gap", "number", DIFFERENCE),
    )
    caption = "The same answers scored otherwise; the last rows say how much wording and length alone move them"
    if not scored:
        return Evidence("scores", caption, "table", columns, (), 0)
    same = [one for one in scored if one.pro.equal_length]
    rows: list[tuple[Cell, ...]] = [
        _scored("sum of a name's tokens", scored, lambda one: one.right),
        _scored("mean per token", scored, lambda one: one.right_per_token),
    ]
    if same:
        rows.append(_scored("sum, names of equal length only", same, lambda one: one.right))
    for at, wording in enumerate(WORDINGS):
        label = wording.format(text="…", pronoun="she")
        rows.append(_scored(label, scored, lambda one, at=at: float(one.sums[at] > 0)))  # type: ignore[misc]
    gaps = [float(str(row[4])) for row in rows[-len(WORDINGS) :]]
    agreed = float(np.mean([(a > 0) == (b > 0) for one in scored for a, b in _margins(one)]))
    rows += [
        ("SD of the gap between wordings", len(scored), None, None, float(np.std(gaps, ddof=1))),
        ("answers on which sum and mean agree", len(scored), agreed, None, None),
    ]
    return Evidence("scores", caption, "table", columns, tuple(rows), len(rows))


def _margins(one: Scored) -> list[tuple[float, float]]:
    return [both for side in (one.pro, one.anti) for both in zip(side.sums, side.means, strict=True)]


def _scored(label: str, scored: Sequence[Scored], right: Callable[[Resolved], float]) -> tuple[Cell, ...]:
    pro, anti = (float(np.mean([right(side) for side in sides])) for sides in _sides(scored))
    return label, len(scored), pro, anti, pro - anti


def _sides(scored: Sequence[Scored]) -> tuple[list[Resolved], list[Resolved]]:
    return [one.pro for one in scored], [one.anti for one in scored]


def examples(scored: Sequence[Scored], arm: Arm) -> Evidence:
    """Every pair, those that only the expected pronoun resolves first, with the exact texts the model saw."""
    columns = (
        Column("group"),
        Column("with the expected pronoun", "prompt"),
        Column("with the other pronoun", "prompt"),
        Column("right"),
        Column("wrong"),
        Column("margin, expected", "number", NATS),
        Column("margin, other", "number", NATS),
        Column("right, expected", "number", SHARE),
        Column("right, other", "number", SHARE),
        Column("preference for the expected text", "number", NATS),
        Column("tokens, right", "number"),
        Column("tokens, wrong", "number"),
        Column("resolved only with the expected pronoun", "flag"),
    )
    order = sorted(scored, key=lambda one: (-one.gap, -(_margin(one.pro) - _margin(one.anti)), one.pair.key))
    rows = tuple(
        (
            one.pair.group,
            *(side.seen(WORDINGS[0], arm) for side in (one.pair.pro, one.pair.anti)),
            one.pair.pro.right,
            one.pair.pro.wrong,
            *(_margin(side) for side in (one.pro, one.anti)),
            one.pro.right,
            one.anti.right,
            one.preference,
            *one.pro.tokens,
            one.pro.decided and not one.anti.decided,
        )
        for one in order
    )
    caption = (
        "Every pair, those resolved only with the expected pronoun first; texts are those of the first wording, "
        "margins are the mean over the wordings of log P(right) less log P(wrong)"
    )
    return Evidence("examples", caption, "table", columns, rows, len(rows))


def _margin(side: Resolved) -> float:
    return float(np.mean(side.sums))


def names(scored: Sequence[Scored], arm: str) -> Evidence:
    """Tokens of every name in this model."""
    counts: dict[str, set[int]] = {}
    for one in scored:
        for name, count in zip((one.pair.pro.right, one.pair.pro.wrong), one.pro.tokens, strict=True):
            counts.setdefault(name, set()).add(count)
    rows = tuple((name, ", ".join(map(str, sorted(found)))) for name, found in sorted(counts.items()))
    counted = "without the article" if arm == "masked" else "with the article"
    columns = (Column("name"), Column("tokens", "text"))
    return Evidence("names", f"Tokens of each name, {counted}", "table", columns, rows, len(rows))


def controls(asked: Asked) -> Evidence:
    """Questions whose nouns are a woman and a man; wrong ones and those without an answer first."""
    columns = (Column("text", "prompt"), Column("right"), Column("margin", "number", NATS), Column("wrong", "flag"))
    rows = sorted(
        (
            (
                one.question.asked(WORDINGS[0]),
                one.question.right,
                _margin(one.answer) if one.answer else None,
                None if one.answer is None else not one.answer.decided,
            )
            for one in asked.controls
        ),
        key=lambda row: row[3] is False,
    )
    caption = "The same sentences about a woman and a man: can the model use the pronoun to tell them apart?"
    return Evidence("controls", caption, "table", columns, tuple(rows), len(rows))


def left_out(asked: Asked) -> Evidence:
    """Pairs that count in no metric, each with its reason."""
    missing = [(one.pair, one.pair.flaw) for one in asked.scored if one.pair.flaw]
    missing += [(pair, "no answer") for pair in asked.unscored]
    rows = [(pair.group, pair.pro.text, pair.anti.text, reason) for pair, reason in missing]
    columns = (
        Column("group"),
        Column("with the expected pronoun", "text"),
        Column("with the other pronoun", "text"),
        Column("reason", "text"),
    )
    return Evidence("left_out", "Pairs that are left out of the metrics", "table", columns, tuple(rows), len(rows))
