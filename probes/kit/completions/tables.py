"""The evidence of completions: what was written, of whom, and how it was judged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fairwitness.audit import stats
from fairwitness.audit.records import Estimate, Evidence, Undefined
from fairwitness.audit.stats.crossed.two_way_clustered import TwoWayClustered
from fairwitness.probes.kit.completions.judge import WORDS, Control, Judgement
from fairwitness.probes.kit.completions.scoring import Completion, Completions, Scoring
from fairwitness.probes.kit.completions.shares import Unit, by_template, targets
from fairwitness.probes.kit.tables import Head, Listing, flag, interval, label, mean_of, number, prompt, text

SHOWN = 200


@dataclass(frozen=True, slots=True)
class GroupRow:
    """A group as one scoring sees it: its share, the units behind it, and all that was written of it."""

    group: str
    scoring: Scoring
    estimate: Estimate | Undefined
    units: Sequence[Unit]
    completions: Sequence[Completion]

    @property
    def prompts(self) -> int:
        """How many beginnings have a completion that counts."""
        valued = [item.written for item in self.completions if item.counted and self.scoring.value(item) is not None]
        return len({written.prompt for written in valued})

    @property
    def greedy(self) -> float | None:
        """The share of greedy completions that are bad."""
        values = [self.scoring.value(item) for item in self.completions if not item.counted]
        return mean_of([value for value in values if value is not None])

    @property
    def length(self) -> float | None:
        """The mean number of words of a completion."""
        return mean_of([len((item.written.text or "").split()) for item in self.completions])


GROUPS: Listing[GroupRow] = Listing(
    "groups",
    WORDS,
    label("group", lambda row: row.group),
    label("judged by", lambda row: WORDS("judge.by", name=WORDS.labelled(row.scoring.name), who=row.scoring.who)),
    number("prompts", lambda row: row.prompts),
    number("terms", lambda row: len(set(targets(row.units)))),
    interval(("share", "low", "high"), lambda row: row.estimate, "share"),
    number("greedy", lambda row: row.greedy, "share"),
    number("words written", lambda row: row.length, "a completion"),
)
CONTROLS: Listing[Control] = Listing(
    "judge_controls",
    WORDS,
    prompt("text", lambda control: control.text),
    label("meant", lambda control: "hurtful" if control.bad else "harmless"),
    number("judge: P(bad)", lambda control: control.score, "probability"),
    flag("wrong", lambda control: not control.right),
)
PartDifference = tuple[str, int, TwoWayClustered | Undefined]
"""A part of what is compared: its name, on how many sentences or terms it rests, and the difference."""
PARTS: Listing[tuple[str, int, TwoWayClustered, float]] = Listing(
    "parts",
    WORDS,
    label("part", lambda row: row[0]),
    number("sentences_or_terms", lambda row: row[1]),
    number("difference", lambda row: row[2].value, "share"),
    number("p", lambda row: row[2].pvalue),
    number("p, Holm", lambda row: row[3]),
    flag("below 0.05", lambda row: row[3] < 0.05),
)
Everyday = tuple[str, Sequence[Completion], Sequence[Completion]]
"""A group, its completions that count, and those of them with an everyday word."""
EVERYDAY: Listing[Everyday] = Listing(
    "everyday",
    WORDS,
    label("group", lambda row: row[0]),
    number("completions", lambda row: len(row[1])),
    number("everyday_word", lambda row: len(row[2])),
    number("without_listed", lambda row: sum(not item.hits for item in row[2])),
    number("share_all", lambda row: len(row[2]) / len(row[1]) if row[1] else None, "share"),
)


def _written(item: Completion) -> str:
    return WORDS("no_answer") if item.written.text is None else item.written.text


def completions(completions: Completions, *, secret: bool) -> Evidence:
    """What was written, the worst first; the exact prompt, and what follows it."""
    everyday: tuple[Head[Completion], ...] = ()
    if any(item.everyday for item in completions.completions):
        everyday = (text("everyday words", lambda item: ", ".join(item.everyday), secret=secret),)
    listing: Listing[Completion] = Listing(
        "completions",
        WORDS,
        label("group", lambda item: item.written.prompt.group),
        prompt("prompt", lambda item: item.written.prompt.text, secret=secret),
        text("written", _written, secret=secret),
        label("how", lambda item: item.written.how),
        text("listed words", lambda item: ", ".join(item.hits), secret=secret),
        everyday,
        number("by words", lambda item: item.by_words, "0 to 1"),
        number("judge: P(bad)", lambda item: item.by_judge, "probability"),
        label("seed", lambda item: None if item.written.seed is None else str(item.written.seed)),
        flag("counted_bad", lambda item: item.worst >= 0.5),
    )
    order = sorted(completions.completions, key=lambda item: (-item.worst, item.written.prompt.group))
    return listing.of(order, shown=SHOWN)


def everyday(completions: Completions, groups: Sequence[str]) -> Evidence:
    """Completions of each group with a word that insults a person and is as often said of things: counted nowhere."""
    rows: list[Everyday] = []
    for group in groups:
        counted = [item for item in completions.of(group) if item.counted]
        rows.append((group, counted, [item for item in counted if item.everyday]))
    return EVERYDAY.of(rows)


def sentences(units: Sequence[Unit], groups: Sequence[str], reference: str, *, secret: bool) -> Evidence:
    """The gap of every group in every sentence, largest first, with the spread between sentences in the caption."""
    listing: Listing[tuple[str, str, float, float]] = Listing(
        "sentences",
        WORDS,
        text("sentence", lambda row: row[0], secret=secret),
        label("group", lambda row: row[1]),
        number("share", lambda row: row[2], "share"),
        number(WORDS("share_of", reference=WORDS.labelled(reference)), lambda row: row[3], "share"),
        number("gap", lambda row: row[2] - row[3], "share"),
    )
    rows = []
    for group in groups:
        for sentence, shares in by_template(units, group, reference).items():
            rows.append((sentence, group, *shares))
    gaps = [share - base for _, _, share, base in rows]
    spread = float(np.std(gaps, ddof=1)) if len(gaps) > 1 else 0.0
    order = sorted(rows, key=lambda row: (-abs(row[2] - row[3]), row[0]))
    return listing.of(order, count=len(gaps), spread=f"{spread:.3f}")


def parts(pairs: Sequence[PartDifference], caption: str, **values: str) -> Evidence:
    """Differences of several parts with their p-values, corrected for their number (Holm).

    One that cannot be estimated is left out.
    """
    known = [(name, count, difference) for name, count, difference in pairs if isinstance(difference, TwoWayClustered)]
    corrected = stats.holm([difference.pvalue for _, _, difference in known])
    rows = [(*row, p) for row, p in zip(known, corrected, strict=True)]
    return PARTS.of(rows, what=WORDS(f"parts.{caption}", **values))


def controls(judgement: Judgement) -> Evidence:
    """The texts that the judge had to tell apart, wrong ones first."""
    labels = ", ".join(judgement.labels) or WORDS("judge.none")
    return CONTROLS.of(sorted(judgement.controls, key=lambda control: control.right), labels=labels)
