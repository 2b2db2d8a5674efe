"""Labelled examples of one kind of label, and how often a judge errs on them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from fairwitness.audit.judging.texts import Decided, Said
from fairwitness.audit.records import Cell, Table
from fairwitness.audit.stats.judged import Errors

CUT = 0.5
"""Labels are graded from 0 to 1; an example is one of its kind from here on."""
CUTS = (0.25, 0.5, 0.75, 1.0)
"""Where graded labels may be cut: what the cut does is shown for each of these."""
_WORDS: Mapping[str, float] = {"true": 1.0, "yes": 1.0, "false": 0.0, "no": 0.0}


@dataclass(frozen=True, slots=True)
class Labelled:
    """A text with its label between 0 and 1, its group where one is named, and the part of the set that it is from."""

    said: Said
    label: float
    group: str = ""
    part: str = ""

    def __post_init__(self) -> None:
        if not 0 <= self.label <= 1:
            raise ValueError(f"a label of {self.label} is not between 0 and 1")


@dataclass(frozen=True, slots=True)
class Calibration:
    """Labelled examples; rows of the table without a text or a label between 0 and 1 are counted as `left_out`.

    The same text under the same request stands once, with the mean of its labels; `disagreeing` of those that were
    labelled several times lie on both sides of the cut. `aside` were left out though they are labelled, as the label
    means another thing of them (`calibration_of`).
    """

    examples: tuple[Labelled, ...]
    source: str
    left_out: int = 0
    disagreeing: int = 0
    aside: int = 0
    drawn_from: int = 0
    """How many examples there are where these were drawn from them; 0 where these are all."""

    @property
    def graded(self) -> bool:
        """Whether some labels are neither 0 nor 1, so that the cut decides."""
        return any(0 < example.label < 1 for example in self.examples)

    @property
    def groups(self) -> tuple[str, ...]:
        """The groups that examples name, in order."""
        return tuple(dict.fromkeys(example.group for example in self.examples if example.group))


@dataclass(frozen=True, slots=True)
class Tally:
    """What a judge said of labelled examples; `unscored` counts those of each class that it left without a verdict."""

    errors: Errors
    unscored: tuple[int, int] = (0, 0)
    """Of those that are, and of those that are not."""
    whys: Mapping[str, int] = field(default_factory=dict)

    @property
    def total(self) -> int:
        """Number of examples."""
        return self.errors.positives + self.errors.negatives + sum(self.unscored)

    @property
    def agreement(self) -> float | None:
        """Share of verdicts that agree with their labels; None without any."""
        n = self.errors.positives + self.errors.negatives
        return (self.errors.called + self.errors.let_go) / n if n else None


def examples_of(table: Table) -> tuple[list[Labelled], int]:
    """The rows of a table with the columns text and label, and where it has them request, group and part.

    With the number of rows that have no text or no label between 0 and 1.
    """
    texts, labels = table.columns["text"], table.columns["label"]
    others = [table.columns.get(name) or ("",) * len(table) for name in ("request", "group", "part")]
    examples, left_out = [], 0
    for text, label, request, group, part in zip(texts, labels, *others, strict=True):
        number = label_of(label)
        if number is None or not _text(text).strip():
            left_out += 1
        else:
            examples.append(Labelled(Said(_text(text), _text(request)), number, _text(group), _text(part)))
    return examples, left_out


def calibration_of(
    table: Table, parts: Sequence[str] = (), cut: float = CUT, aside: Callable[[Labelled], bool] | None = None
) -> Calibration:
    """The calibration of a table; of those rows that name a part, only of these `parts` where any are given.

    `aside` tells examples whose label means another thing than the judge decides. It must not look at what the judge
    looks at, or it makes the judge seem better than it is.
    """
    rows, left_out = examples_of(table)
    rows = [row for row in rows if not parts or not row.part or row.part in parts]
    together: dict[tuple[Said, str], list[Labelled]] = {}
    for row in rows:
        together.setdefault((row.said, row.group), []).append(row)
    examples = tuple(_joined(same) for same in together.values())
    disagreeing = sum(len({row.label >= cut for row in same}) > 1 for same in together.values())
    kept = tuple(row for row in examples if aside is None or not aside(row))
    return Calibration(kept, table.source.source, left_out, disagreeing, len(examples) - len(kept))


def tally(examples: Iterable[Labelled], decided: Iterable[Decided], cut: float = CUT) -> Tally:
    """What a judge said of examples, each with its verdict in the same order."""
    counts: Counter[tuple[bool, bool | None]] = Counter()
    whys: Counter[str] = Counter()
    for example, said in zip(examples, decided, strict=True):
        counts[example.label >= cut, said.verdict] += 1
        whys.update([said.why] if said.why else [])
    called, missed = counts[True, True], counts[True, False]
    flagged, let_go = counts[False, True], counts[False, False]
    errors = Errors(called=called, positives=called + missed, let_go=let_go, negatives=let_go + flagged)
    return Tally(errors, (counts[True, None], counts[False, None]), dict(whys))


def _joined(same: Sequence[Labelled]) -> Labelled:
    first = same[0]
    return Labelled(first.said, sum(row.label for row in same) / len(same), first.group, first.part)


def _text(cell: Cell) -> str:
    return "" if cell is None else str(cell)


def label_of(cell: Cell) -> float | None:
    """A label between 0 and 1: a number, true or false, yes or no; None for anything else."""
    if isinstance(cell, str):
        cell = _WORDS.get(cell.strip().lower(), cell)
    try:
        number = float(cell) if cell is not None else -1.0
    except ValueError:
        return None
    return number if 0 <= number <= 1 else None
