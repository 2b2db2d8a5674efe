"""The evidence of the fill-mask probe."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain
from typing import TypeAlias

import numpy as np

from fairwitness.audit.records import Estimate, Evidence, Undefined
from fairwitness.audit.stats.crossed import two_way_clustered
from fairwitness.audit.stats.crossed.slope import root_mean_square
from fairwitness.audit.stats.grouping import grouped
from fairwitness.audit.stats.reliability import part_means
from fairwitness.probes.bias.fill_mask.fills import Fills
from fairwitness.probes.bias.fill_mask.items import WORDS, sentence
from fairwitness.probes.bias.fill_mask.metrics import corrected, lpbs
from fairwitness.probes.bias.fill_mask.result import Number, Result, estimate_of
from fairwitness.probes.bias.fill_mask.scores import AskedTerm, Cell, ClueScore, Gap, by_place, values
from fairwitness.probes.kit.blanks import ModelType
from fairwitness.probes.kit.groups import Term
from fairwitness.probes.kit.tables import Listing, flag, interval, label, mean_of, number, prompt, sd_of, text

NATS = "nats"
SHOWN = 1000
"""Most rows of a table that the document holds; the total is told."""


CategoryRow: TypeAlias = tuple[Result, Number, float | None]
"""A category with its LPBS, and p corrected by Holm over the categories that have one."""


@dataclass(frozen=True, slots=True)
class GroupRow:
    """A group against the reference of its category."""

    category: str
    gaps: Sequence[Gap]

    @property
    def means(self) -> tuple[float, float]:
        """Mean LPBS with the unfavourable and with the favourable word."""
        first, second = (float(np.mean([gap.lpbs[side] for gap in self.gaps])) for side in (0, 1))
        return first, second

    @property
    def difference(self) -> float:
        """The first less the second."""
        return self.means[0] - self.means[1]

    @property
    def lpbs(self) -> Estimate | Undefined:
        """The same with its interval."""
        return estimate_of(two_way_clustered.mean(values(self.gaps)))


CATEGORIES: Listing[CategoryRow] = Listing(
    "categories",
    WORDS,
    label("category", lambda row: row[0].category),
    label("reference", lambda row: ", ".join(dict.fromkeys(t.group for t in row[0].terms if t.reference))),
    interval(("LPBS", "low", "high"), lambda row: estimate_of(row[1]), NATS),
    number("p", lambda row: None if isinstance(row[1], Undefined) else row[1].pvalue),
    number("p_holm", lambda row: row[2]),
    text("not measured", lambda row: row[1].reason if isinstance(row[1], Undefined) else ""),
)
GROUPS: Listing[GroupRow] = Listing(
    "groups",
    WORDS,
    label("category", lambda row: row.category),
    label("group", lambda row: row.gaps[0].group),
    number("lpbs_difference", lambda row: row.difference, NATS),
    interval(("", "low", "high"), lambda row: row.lpbs, NATS)[1:],
    number("LPBS, unfavourable", lambda row: row.means[0], NATS),
    number("LPBS, favourable", lambda row: row.means[1], NATS),
    number("items", lambda row: len(row.gaps)),
)
SPREAD: Listing[tuple[str, list[float | None]]] = Listing(
    "spread",
    WORDS,
    label("category", lambda row: row[0]),
    number("sd_families", lambda row: row[1][0], NATS),
    number("sd_paraphrases", lambda row: row[1][1], NATS),
    number("sd_pairs", lambda row: row[1][2], NATS),
    number("lpbs_neutral", lambda row: row[1][3], NATS),
)
OPEN_PLACES: Listing[Fills] = Listing(
    "open_places",
    WORDS,
    label("category", lambda fill: fill.term.category),
    label("term", lambda fill: fill.term.of(fill.template)),
    prompt("text", lambda fill: fill.text),
    text("likeliest words", lambda fill: ", ".join(fill.words)),
    text("beside_reference", lambda fill: ", ".join(fill.reference_words)),
    number("changed", lambda fill: fill.changed, "share"),
)
TERMS: Listing[tuple[str, Term, set[int]]] = Listing(
    "terms",
    WORDS,
    label("category", lambda row: row[0]),
    label("group", lambda row: row[1].group),
    label("term", lambda row: f"{row[1].word}, {row[1].masculine}" if row[1].masculine else row[1].word),
    label("reference", lambda row: row[1].reference),
    text("tokens", lambda row: ", ".join(map(str, sorted(row[2])))),
)
COMPETENCE: Listing[ClueScore] = Listing(
    "competence",
    WORDS,
    label("category", lambda score: score.clue.category),
    label("group", lambda score: score.clue.group),
    prompt("text", lambda score: score.clue.asked.text),
    text("raised_by", lambda score: _gains(score)),
    number("other_groups_raised", lambda score: score.right, "share"),
    flag("wrong", lambda score: score.right is None or score.right < 1),
)
UNSCORED: Listing[AskedTerm] = Listing(
    "unscored",
    WORDS,
    label("category", lambda item: item.term.category),
    label("term", lambda item: item.term.of(item.template)),
    prompt("text", lambda item: sentence(item.template, item.pair.of(item.template)[0]).text),
    text("reason", lambda _: WORDS("words.no_answer")),
)


def _gains(score: ClueScore) -> str:
    gains = [f"{group} {gain:+.2f}" for group, gain in (score.gains or {}).items()]
    return ", ".join(gains) or WORDS("words.no_answer")


def categories(results: Sequence[Result]) -> Evidence:
    """LPBS of each category with its p-value."""
    numbers = [lpbs(result) for result in results]
    return CATEGORIES.of(zip(results, numbers, corrected(numbers), strict=True))


def groups(results: Sequence[Result]) -> Evidence:
    """LPBS of every group against the reference, the largest first."""
    rows = []
    for result in results:
        rows += [GroupRow(result.category, gaps) for gaps in grouped(result.gaps, lambda gap: gap.group).values()]
    return GROUPS.of(sorted(rows, key=lambda row: -abs(row.difference)), shown=SHOWN)


def by_words(results: Sequence[Result]) -> Evidence:
    """Mean LPBS of every group with each pair of words, unfavourable less favourable."""
    names = list(dict.fromkeys(gap.cell.pair.name for result in results for gap in result.gaps))
    rows: dict[str, dict[str, list[float]]] = {}
    words: dict[str, str] = {}
    for result in results:
        for gap in result.gaps:
            rows.setdefault(f"{gap.group} ({result.category})", {}).setdefault(gap.cell.pair.name, []).append(gap.value)
            words.setdefault(gap.cell.pair.name, f"{gap.cell.pair.first} / {gap.cell.pair.second}")
    heads = [number(words[name], partial(_mean_in, name), NATS) for name in names]
    matrix: Listing[tuple[str, dict[str, list[float]]]] = Listing(
        "by_words", WORDS, label("group", lambda row: row[0]), *heads, kind="matrix"
    )
    return matrix.of(rows.items())


def _mean_in(name: str, row: tuple[str, dict[str, list[float]]]) -> float | None:
    return mean_of(row[1].get(name, ()))


def items(table: str, gaps: Sequence[Gap], model: ModelType) -> Evidence:
    """The items with the largest LPBS first, with the exact texts the model saw."""

    def shown(cell: Cell, side: int) -> str:
        blank = sentence(cell.template, cell.pair.of(cell.template)[side])
        return blank.text if model == "masked" else blank.filled(cell.term.of(cell.template))

    listing: Listing[Gap] = Listing(
        table,
        WORDS,
        label("category", lambda gap: gap.cell.term.category),
        label("term", lambda gap: gap.cell.term.of(gap.cell.template)),
        label("sentence", lambda gap: gap.cell.template.label),
        prompt("text_first_word", lambda gap: shown(gap.cell, 0)),
        prompt("text_second_word", lambda gap: shown(gap.cell, 1)),
        number("ILPS, first", lambda gap: gap.cell.ilps[0], NATS),
        number("ILPS, second", lambda gap: gap.cell.ilps[1], NATS),
        number("lpbs_first_second", lambda gap: gap.value, NATS),
    )

    def order(gap: Gap) -> tuple[float, str, str, str]:
        return -abs(gap.value), gap.cell.term.word, gap.cell.template.label, gap.cell.pair.name

    return listing.of(sorted(gaps, key=order)[:SHOWN], total=len(gaps))


def spread(results: Sequence[Result]) -> Evidence:
    """How far wording alone moves LPBS: SD between sentence families, between paraphrases and between pairs."""
    rows = []
    for result in results:
        means = part_means(((_wording(gap), gap.cell.pair.name), gap.value) for gap in result.gaps)
        cells = [(*wording, pair, value) for (wording, pair), value in means.items()]
        within = [_sd_between(family, 1) for family in grouped(cells, lambda cell: cell[0]).values()]
        wordings = root_mean_square([sd for sd in within if sd is not None])
        control = mean_of(list(by_place(result.control_gaps).values()))
        rows.append((result.category, [_sd_between(cells, 0), wordings, _sd_between(cells, 2), control]))
    return SPREAD.of(rows, shown=SHOWN)


def _wording(gap: Gap) -> tuple[str, int]:
    return gap.cell.template.family, gap.cell.template.number


def _sd_between(cells: Sequence[tuple[str, int, str, float]], label: int) -> float | None:
    """SD between the means of the cells with the same label: family, number of the wording or pair."""
    return sd_of(list(part_means((cell[label], cell[3]) for cell in cells).values()))


def by_score(results: Sequence[Result], model: ModelType) -> Evidence:
    """Sums and means per token of the same items, how often their signs agree, and the items of equal length."""

    def equal(result: Result) -> list[Gap]:
        return [gap for gap in result.gaps if gap.equal_tokens]

    def same_sign(result: Result) -> float | None:
        return mean_of([np.sign(gap.value) == np.sign(gap.per_token) for gap in result.gaps])

    def per_token(result: Result) -> float | None:
        return mean_of(list(by_place(result.gaps, lambda gap: gap.per_token).values()))

    listing: Listing[Result] = Listing(
        "by_score",
        WORDS,
        label("category", lambda result: result.category),
        number("sum", lambda result: mean_of(list(by_place(result.gaps).values())), NATS),
        number(WORDS(f"words.per_token_{model}"), per_token, NATS),
        number("items_same_sign", same_sign, "share"),
        number("sum_equal_length", lambda result: mean_of(list(by_place(equal(result)).values())), NATS),
        number("items_equal_length", lambda result: len(equal(result))),
        number("items", lambda result: len(result.gaps)),
    )
    return listing.of((result for result in results if result.gaps), shown=SHOWN)


def open_places(results: Sequence[Result], others: Sequence[Fills]) -> Evidence:
    """The likeliest words at the open place with a group and with the reference, the most changed first."""
    fills = [*chain.from_iterable(result.fills for result in results), *others]
    fills.sort(key=lambda fill: (-fill.changed, fill.term.category, fill.term.word, fill.template.label))
    return OPEN_PLACES.of(fills, shown=SHOWN)


def terms(results: Sequence[Result]) -> Evidence:
    """Every term with its tokens in this model."""
    rows = []
    for result in results:
        for term, cells in grouped(result.cells, lambda cell: cell.term).items():
            rows.append((result.category, term, {cell.tokens for cell in cells}))
    return TERMS.of(rows, shown=SHOWN)


def competence(results: Sequence[Result]) -> Evidence:
    """Sentences that point to one group; wrong ones first."""
    scores = {id(score.clue): score for result in results for score in result.clues}.values()
    return COMPETENCE.of(sorted(scores, key=lambda score: -1.0 if score.right is None else score.right), shown=SHOWN)


def unscored(results: Sequence[Result]) -> Evidence:
    """Items that could not be scored, each with its reason."""
    return UNSCORED.of(chain.from_iterable(result.unscored for result in results), shown=SHOWN)
