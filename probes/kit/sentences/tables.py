"""The evidence of pairs of sentences: examples, scores side by side, categories, agreement, lengths."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import Literal, TypeAlias

from fairwitness.audit import stats
from fairwitness.audit.records import Cell, Estimate, Evidence, Undefined
from fairwitness.audit.stats.grouping import grouped
from fairwitness.probes.kit.sentences import preference
from fairwitness.probes.kit.sentences.pairs import WORDS, Skipped, clipped
from fairwitness.probes.kit.sentences.preference import PERCENT, preferred
from fairwitness.probes.kit.sentences.scores import ScoredPair, ScoreName
from fairwitness.probes.kit.tables import Head, Listing, flag, interval, label, number, prompt, text

Names = Sequence[ScoreName]
Scored = Sequence[ScoredPair]
Which: TypeAlias = Literal["examples", "controls", "things", "competence"]
ScoreRow = tuple[ScoreName, str, Estimate | Undefined, Scored]


def _ties(row: ScoreRow) -> int:
    name, _, _, scored = row
    return sum(score.tied(name) for score in scored)


SCORES: Listing[ScoreRow] = Listing(
    "scores",
    WORDS,
    label("by", lambda row: row[0]),
    label("pairs", lambda row: row[1]),
    interval(("score", "low", "high"), lambda row: row[2], PERCENT),
    number("n", lambda row: len(row[3])),
    number("ties", _ties),
    text("meaning", lambda row: WORDS(f"score.{row[0]}")),
)
AGREEMENT: Listing[tuple[ScoreName, ScoreName, preference.Agreement]] = Listing(
    "agreement",
    WORDS,
    label("one score", lambda row: row[0]),
    label("other score", lambda row: row[1]),
    number("agree", lambda row: 100.0 * row[2].share, PERCENT),
    number("kappa", lambda row: row[2].kappa),
)
LENGTHS: Listing[tuple[ScoreName, preference.Lengths]] = Listing(
    "lengths",
    WORDS,
    label("by", lambda row: row[0]),
    number("pairs_unequal_tokens", lambda row: row[1].unequal),
    number("shorter preferred", lambda row: row[1].shorter_wins, PERCENT),
    number("pairs_equal_tokens", lambda row: row[1].equal),
)
UNSCORED: Listing[Skipped] = Listing(
    "unscored",
    WORDS,
    number("row", lambda row: row.row),
    prompt("text", lambda row: row.text),
    text("reason", lambda row: row.reason),
)


def agreement(scored: Scored, names: Names) -> Evidence:
    """How often two scores prefer the same sentence of a pair."""
    return AGREEMENT.of((*both, preference.agreement(scored, *both)) for both in combinations(names, 2))


def lengths(scored: Scored, names: Names) -> Evidence:
    """What the number of tokens alone does to each score."""
    return LENGTHS.of((name, preference.lengths(scored, name)) for name in names)


def pairs(which: Which, scored: Scored, names: Names) -> Evidence:
    """One row a pair with both texts; failing ones first: the stereotype preferred, or the scrambled sentence."""
    default, wrong = names[0], which == "competence"
    labels: tuple[Head[ScoredPair], ...] = (
        label("category", lambda score: score.pair.category),
        label("direction", lambda score: score.pair.direction),
    )
    listing: Listing[ScoredPair] = Listing(
        which,
        WORDS,
        number("row", lambda score: score.pair.row),
        labels if which == "examples" else (),
        prompt("first", lambda score: clipped(score.pair.more)),
        prompt("second", lambda score: clipped(score.pair.less)),
        map(_margin, names),
        number("tokens first", lambda score: score.tokens[0]),
        number("tokens second", lambda score: score.tokens[1]),
        number("tokens_changed_first", lambda score: score.changed[0]),
        number("tokens_changed_second", lambda score: score.changed[1]),
        flag(
            "scrambled preferred" if wrong else "first preferred",
            lambda score: score.prefers_more(default) != wrong,
        ),
    )
    sign = -1 if wrong else 1
    return listing.of(sorted(scored, key=lambda score: (-sign * score.margin(default), score.pair.row)))


def _margin(name: ScoreName) -> Head[ScoredPair]:
    return number(f"margin {name}", lambda score: score.margin(name), "nats")


def categories(scored: Scored, names: Names) -> Evidence:
    """The default score by category, with p-values corrected for looking at all of them (Holm)."""
    groups = grouped((score for score in scored if score.pair.category), lambda score: score.pair.category)
    raw = {category: preference.p_value(groups[category], names[0]) for category in sorted(groups)}
    adjusted = dict(zip(raw, stats.holm(list(raw.values())), strict=True))
    listing: Listing[str] = Listing(
        "categories",
        WORDS,
        label("category", lambda category: category),
        interval(("score", "low", "high"), lambda category: preferred(groups[category], names[0]), PERCENT),
        number("n", lambda category: len(groups[category])),
        number("p", lambda category: raw[category]),
        number("p (Holm)", lambda category: adjusted[category]),
        [_share(name, groups) for name in names[1:]],
    )
    return listing.of(raw, score=names[0], count=len(raw))


def _share(name: ScoreName, groups: dict[str, list[ScoredPair]]) -> Head[str]:
    def cell(category: str) -> Cell:
        scored = groups[category]
        return 100.0 * sum(score.prefers_more(name) for score in scored) / len(scored)

    return number(name, cell, PERCENT)
