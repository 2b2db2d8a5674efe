"""The tables behind the numbers, and what the pictures draw."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from fairwitness.audit import stats
from fairwitness.audit.reasons import COMMA
from fairwitness.audit.records import Cell, Estimate, Evidence, Name, joined
from fairwitness.probes.explanation.importance.checks import Card
from fairwitness.probes.explanation.importance.columns import Proxy, shades
from fairwitness.probes.explanation.importance.explained import Explained
from fairwitness.probes.explanation.importance.measures import PLUS, Outcome, RowSample, group_values
from fairwitness.probes.explanation.importance.options import WORDS
from fairwitness.probes.kit.tables import Head, Listing, flag, interval, label, number, size_of

SWARM_ROWS, SWARM_COLUMNS = 20, 10


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnLine:
    """A column or several that go together, and what each way of measuring says of it."""

    column: str
    means: Outcome | None
    others: Mapping[str, Outcome]
    shuffled: Outcome | None
    protected: bool
    proxy_of: str
    taken: bool


def column_table(lines: Sequence[ColumnLine], first: Explained, others: Sequence[Explained], loss: str) -> Evidence:
    """Every column with its importance by each method, the most important first."""
    heads: list[Head[ColumnLine]] = [
        label("column", lambda line: line.column),
        *interval(("mean size", "from", "to"), lambda line: line.means, first.scale),
        *(number(other.used, partial(_mean_by, other.used), other.scale) for other in others),
    ]
    listing: Listing[ColumnLine] = Listing(
        "columns",
        WORDS,
        heads,
        interval(("cost of shuffling", "cost from", "cost to"), lambda line: line.shuffled, WORDS.term("units", loss)),
        flag("protected", lambda line: line.protected),
        label("proxy of", lambda line: line.proxy_of),
        flag("not taken by the model", lambda line: not line.taken),
    )
    return listing.of(lines, method=first.used, count=len(first.rows))


def _mean_by(method: str, line: ColumnLine) -> float | None:
    estimate = line.others.get(method)
    return estimate.value if isinstance(estimate, Estimate) else None


PROXIES: Listing[Proxy] = Listing(
    "proxies",
    WORDS,
    label("protected column", lambda proxy: proxy.protected),
    label("column", lambda proxy: proxy.column),
    label("group", lambda proxy: proxy.group),
    interval(("AUC", "from", "to"), lambda proxy: proxy.estimate, "AUC"),
    flag("proxy", lambda proxy: proxy.is_proxy),
)


CARDS: Listing[Card] = Listing(
    "checks",
    WORDS,
    label("method", lambda card: card.method),
    label("check", lambda card: WORDS(f"check.{card.check}")),
    interval(("value", "from", "to"), lambda card: card.estimate, otherwise=lambda card: card.value),
    label("passes", lambda card: WORDS(f"passes.{card.check}")),
    label("result", lambda card: card.state),
    label("why", lambda card: card.reason),
)

Line = tuple[str, str, str, int, Outcome, Outcome]


def by_group_table(sample: RowSample, explained: Explained, order: Sequence[str], shown: int) -> Evidence:
    """Mean values of each column by group, less that of the largest group."""
    lines: list[Line] = []
    for protected in sample.groups:
        for column in order[:shown]:
            parts = group_values(sample, explained, protected, [sample.names.index(column)])
            names = list(parts)
            contrasts: Sequence[Outcome] = []
            if len(names) > 1:
                contrasts = stats.mean_contrasts(list(parts.values()), 0, seed=sample.seed)
            beside: list[Outcome] = [WORDS.undefined("reason.reference", "no_reference"), *contrasts]
            for name, difference in zip(names, beside, strict=False):
                values = parts[name]
                mean = stats.mean(values, seed=sample.seed)
                lines.append((protected, name, column, len(values), mean, difference))
    listing: Listing[Line] = Listing(
        "by_group",
        WORDS,
        label("by", lambda line: line[0]),
        label("group", lambda line: line[1]),
        label("column", lambda line: line[2]),
        number("rows", lambda line: line[3], "rows"),
        interval(("mean value", "from", "to"), lambda line: line[4], explained.scale),
        interval(("difference", "difference from", "difference to"), lambda line: line[5], explained.scale),
    )
    return listing.of(lines, method=explained.used)


def swarm(
    sample: RowSample, explained: Explained, order: Sequence[str], cells: Mapping[str, Sequence[Cell]]
) -> Evidence:
    """A dot for the value of a column in a row, shaded by where its cell lies among those of the column."""
    rows = explained.rows[:SWARM_ROWS]
    lines: list[tuple[str, float, float | None]] = []
    for name in order[:SWARM_COLUMNS]:
        shaded = shades(cells[name])
        values = explained.values[: len(rows), sample.names.index(name)]
        lines += [(name, float(value), shaded[row]) for row, value in zip(rows.tolist(), values, strict=True)]
    listing: Listing[tuple[str, float, float | None]] = Listing(
        "swarm",
        WORDS,
        label("column", lambda line: line[0]),
        number("value", lambda line: line[1], explained.scale),
        number("place among cells", lambda line: line[2]),
    )
    return listing.of(lines, total=len(explained.rows) * len(order), method=explained.used)


Step = tuple[str, float, float | None, float | None, bool]


def waterfall(sample: RowSample, explained: Explained, place: int, row: int, shown: int) -> Evidence:
    """From what the background gets to what one row gets, column by column; the last line holds all others."""
    answer = explained.answers[place]
    errors = dict(zip(answer.columns, answer.errors, strict=True)) if answer.errors else {}
    sizes = sorted(zip(answer.columns, answer.values, strict=True), key=lambda pair: (-abs(pair[1]), pair[0]))
    listed = [(name, value) for name, value in sizes if value][:shown]
    steps: list[Step] = [(WORDS("total.base"), answer.base, None, None, True)]
    for name, value in listed:
        wide = 1.96 * errors[name] if name in errors else None
        low, high = (None, None) if wide is None else (value - wide, value + wide)
        steps.append((Name(name), value, low, high, False))
    rest = answer.full - answer.base - sum(value for _, value in listed)
    if len(listed) < len(sizes) and abs(rest) > 1e-9:
        steps.append((WORDS("total.others"), rest, None, None, False))
    steps.append((WORDS("total.full"), answer.full, None, None, True))
    listing: Listing[Step] = Listing(
        "waterfall",
        WORDS,
        label("column", lambda step: step[0]),
        number("value", lambda step: step[1], explained.scale),
        number("from", lambda step: step[2], explained.scale),
        number("to", lambda step: step[3], explained.scale),
        flag("total", lambda step: step[4]),
        kind="dots",
    )
    return listing.of(steps, row=row, method=explained.used)


def background_table(numbers: Sequence[int], again: Sequence[int]) -> Evidence:
    """The numbers of the rows that hidden columns were filled from."""
    lines = [("first", number) for number in numbers] + [("again", number) for number in again]
    listing: Listing[tuple[str, int]] = Listing(
        "background", WORDS, label("background", lambda line: line[0]), number("row", lambda line: line[1])
    )
    return listing.of(lines)


def ordered(means: Mapping[str, Outcome]) -> list[str]:
    """Columns by the size of their importance, the largest first."""
    return sorted(means, key=lambda name: (-size_of(means[name]), name))


def lines_of(
    sample: RowSample,
    means: Mapping[str, Mapping[str, Outcome]],
    first: Explained,
    shuffled: Mapping[tuple[str, ...], Outcome],
) -> list[ColumnLine]:
    """A line for each column, and for each group of columns that go together."""
    lines = []
    columns_of = means[first.used]
    of = {name: [by for by, names in sample.proxies.items() if name in names] for name in sample.names}
    names = [*ordered(columns_of), *(name for name in sample.names if name not in columns_of)]
    for name in names:
        lines.append(
            ColumnLine(
                column=name,
                means=columns_of.get(name),
                others={used: columns[name] for used, columns in means.items() if name in columns},
                shuffled=shuffled.get((name,)),
                protected=name in sample.groups,
                proxy_of=joined(COMMA, of[name]) if of[name] else "",
                taken=name in columns_of,
            )
        )
    for columns, cost in shuffled.items():
        if len(columns) > 1:
            lines.append(replace(_EMPTY, column=Name(PLUS.join(columns)), shuffled=cost))
    return lines


_EMPTY = ColumnLine(column="", means=None, others={}, shuffled=None, protected=False, proxy_of="", taken=True)
