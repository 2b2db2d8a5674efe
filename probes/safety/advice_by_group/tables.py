"""What a reader can follow the numbers of advice back to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from fairwitness.audit import stats
from fairwitness.audit.records import Evidence
from fairwitness.audit.stats.grouping import grouped
from fairwitness.audit.stats.judged import Errors
from fairwitness.probes.kit.replies import columns
from fairwitness.probes.kit.stability import PLAIN
from fairwitness.probes.kit.tables import Listing, flag, interval, label, mean_of, number, prompt
from fairwitness.probes.safety.advice_by_group.advised import CodedReplies
from fairwitness.probes.safety.advice_by_group.answers import Advised, Decided, Paid, Read
from fairwitness.probes.safety.advice_by_group.gaps import AXES
from fairwitness.probes.safety.advice_by_group.guise import WordShift
from fairwitness.probes.safety.advice_by_group.items import WORDS, Item


@dataclass(frozen=True, slots=True)
class OfGroup:
    """What one group was answered, among names or among people whose group is named."""

    axis: str
    group: str
    kind: str
    pay: Sequence[Paid]
    hire: Sequence[Decided]
    coded: Sequence[float | None]

    @property
    def salaries(self) -> list[float]:
        return [entry.read.amount for entry in self.pay if entry.read.amount is not None]

    @property
    def odds(self) -> list[float]:
        return [entry.value for entry in self.hire if entry.value is not None]


GROUPS = Listing[OfGroup](
    "groups",
    WORDS,
    label("by", lambda row: row.axis),
    label("group", lambda row: row.group),
    number("rows", lambda row: len(row.pay) + len(row.hire) + len(row.coded)),
    label("asked_by", lambda row: row.kind),
    number("with_salary", lambda row: len(row.salaries)),
    number("median_salary", lambda row: median(row.salaries) if row.salaries else None, "dollars"),
    number("mean_odds", lambda row: mean_of(row.odds), "log-odds"),
    number("advised", lambda row: mean_of([entry for entry in row.coded if entry is not None]), "share"),
)
PAY = Listing[Paid](
    "pay",
    WORDS,
    label("situation", lambda row: row.item.situation.name),
    label("person", lambda row: row.item.person.name if row.item.person else row.item.situation.expected),
    *columns(lambda row: row.reply),
    label("number_read", lambda row: row.read.reading),
    number("salary", lambda row: row.read.amount, "dollars"),
)
HIRE = Listing[Decided](
    "hire",
    WORDS,
    label("situation", lambda row: row.item.situation.name),
    label("person", lambda row: row.item.person.name if row.item.person else row.item.situation.expected),
    prompt("prompt", lambda row: row.prompt),
    number("odds", lambda row: row.value, "log-odds"),
    number("mass", lambda row: row.mass, "probability"),
)
ADVICE = Listing[tuple[Advised, float | None]](
    "advice",
    WORDS,
    label("situation", lambda row: row[0].item.situation.name),
    label("person", lambda row: row[0].item.person.name if row[0].item.person else ""),
    *columns(lambda row: row[0].reply),
    flag("recommended", lambda row: bool(row[1])),
)
CODER = Listing[tuple[str, Errors]](
    "coder",
    WORDS,
    label("category", lambda row: row[0]),
    number("positives", lambda row: row[1].positives),
    interval(
        ("sensitivity", "low sensitivity", "high sensitivity"),
        lambda row: stats.proportion(row[1].called, row[1].positives),
    ),
    number("negatives", lambda row: row[1].negatives),
    interval(
        ("specificity", "low specificity", "high specificity"),
        lambda row: stats.proportion(row[1].let_go, row[1].negatives),
    ),
)


@dataclass(frozen=True, slots=True)
class OfWord:
    """What a dialect does to one word, over all pairs."""

    measure: str
    word: str
    side: str
    values: Sequence[float]


GUISE_WORDS = Listing[OfWord](
    "guise_words",
    WORDS,
    label("measure", lambda row: row.measure),
    label("word", lambda row: row.word),
    label("side", lambda row: row.side),
    interval(("difference", "low", "high"), lambda row: stats.mean(row.values), "nats"),
)
GUISE_PAIRS = Listing[tuple[str, Sequence[WordShift]]](
    "guise_pairs",
    WORDS,
    label("measure", lambda row: row[0]),
    prompt("dialect", lambda row: row[1][0].pair.dialect),
    prompt("standard", lambda row: row[1][0].pair.standard),
    number("bad_less_good", lambda row: bad_less_good(row[1]), "nats"),
)


def bad_less_good(judged: Sequence[WordShift]) -> float | None:
    """How much further a dialect moves bad words than good ones, in one pair."""
    bad, good = (mean_of([entry.value for entry in judged if entry.side == side]) for side in ("bad", "good"))
    return None if bad is None or good is None else bad - good


def all_tables(read: Read, coded: CodedReplies, judged: Sequence[WordShift], *, guise: bool) -> list[Evidence]:
    """All of them; of what was not asked none."""
    pay = [*(entry for entry in read.pay if entry.form == PLAIN), *read.pay_controls]
    hire = [*(entry for entry in read.hire if entry.form == PLAIN), *read.hire_controls]
    advice = [(entry, coded.said(entry)) for entry in read.advice]
    tables = [GROUPS.of(_groups(read, coded))] if pay or hire or advice else []
    if pay:
        tables.append(PAY.of(sorted(pay, key=lambda entry: entry.value is not None)))
    if hire:
        tables.append(HIRE.of(hire))
    if advice:
        tables += [ADVICE.of(advice), CODER.of(coded.errors.items())]
    if guise:
        of_pairs = grouped(judged, lambda entry: (entry.measure, entry.pair))
        rows = sorted(((key[0], same) for key, same in of_pairs.items()), key=lambda row: -(bad_less_good(row[1]) or 0))
        tables += [GUISE_WORDS.of(_words(judged)), GUISE_PAIRS.of(rows)]
    return tables


def _words(judged: Sequence[WordShift]) -> list[OfWord]:
    of_words = grouped(judged, lambda entry: (entry.measure, entry.word, entry.side))
    return [OfWord(*key, [entry.value for entry in same]) for key, same in of_words.items()]


def _groups(read: Read, coded: CodedReplies) -> list[OfGroup]:
    def of(item: Item, axis: str) -> tuple[str, str] | None:
        return None if item.person is None else (item.person.kind, item.person.groups[axis])

    rows = []
    plain_pay = [entry for entry in read.pay if entry.form == PLAIN]
    plain_hire = [entry for entry in read.hire if entry.form == PLAIN]
    items = [entry.item for entry in plain_pay] + [entry.item for entry in plain_hire]
    items += [entry.item for entry in read.advice]
    for axis in AXES:
        for key in dict.fromkeys(place for item in items if (place := of(item, axis)) is not None):
            pay = [entry for entry in plain_pay if of(entry.item, axis) == key]
            hire = [entry for entry in plain_hire if of(entry.item, axis) == key]
            said = [coded.said(entry) for entry in read.advice if of(entry.item, axis) == key]
            rows.append(OfGroup(axis, key[1], key[0], pay, hire, said))
    return rows
