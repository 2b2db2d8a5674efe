"""The sentences of a comparison in one language: what terminal and Markdown say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from fairwitness.audit.comparison import Change, Comparison, Unmatched
from fairwitness.reports.comparison.flipped import Flipped, flipped
from fairwitness.reports.comparison.view import (
    Line,
    Shown,
    counted,
    gained_gates,
    line_of,
    parts_of,
    standing,
    unmatched_text,
)
from fairwitness.reports.i18n import Words, shown
from fairwitness.reports.labels import Labels
from fairwitness.reports.rules import SHAPES
from fairwitness.reports.since import Turned
from fairwitness.reports.text import Anchors, line

SIGNS: Mapping[str, str] = {"none": "·", **{str(name): sign for name, sign in SHAPES.items()}}
MOST_JUDGED, MOST_MOVED, MOST_OF_EACH = 16, 24, 8
MOST_VERDICTS, MOST_EXAMPLES, MOST_SCORES = 12, 3, 6


@dataclass(frozen=True, slots=True)
class Said:
    """A comparison in words. Texts of the document are drawn in the language that is spoken around it."""

    comparison: Comparison
    words: Words

    def lead(self) -> str:
        """The one sentence that a reader takes along."""
        comparison = self.comparison
        lead = f"compare.lead.{standing(comparison)}"
        said = self.words.plain(lead, n=counted(comparison), better=comparison.tally["better"])
        gained = gained_gates(comparison)
        return f"{said} {self.words.plain('compare.lead.gained', n=gained)}" if gained else said

    def tally(self) -> str:
        """How many measurements came to what."""
        counts = [f"{n} {self.finding(name)}" for name, n in self.comparison.tally.items() if n]
        return self.words.plain("comma").join(counts)

    def finding(self, name: str) -> str:
        """A finding in a word."""
        return self.words.plain(f"finding.{name}")

    def outcome(self, name: str) -> str:
        """An outcome in a word; of a run that has no such verdict, that there is none."""
        return self.words.plain(f"outcome.{name}" if name else "compare.no_verdict")

    def turn(self, verdict: Turned) -> str:
        """A verdict before and after."""
        return f"{self.outcome(verdict.before)} → {self.outcome(verdict.after)}"

    def turned(self) -> list[Turned]:
        """The verdicts that are not what they were."""
        return [Turned.of(verdict) for verdict in self.comparison.turned]

    def on(self, row: Line) -> str:
        """What the rules say of a metric, before and after; each pair of outcomes once."""
        return self.words.plain("comma").join(dict.fromkeys(self.turn(verdict) for verdict in row.verdicts))

    def judged(self) -> tuple[list[Line], int]:
        """The judged metrics that a short table shows, and how many there are."""
        judged = parts_of(self.comparison).judged
        return self._lines(judged[:MOST_JUDGED]), len(judged)

    def moved(self) -> tuple[list[Line], int]:
        """What else moved as a short table shows it, some of each finding, and how many there are."""
        parts = parts_of(self.comparison)
        moved = (*parts.moved, *parts.crossings)
        chosen: list[Change] = []
        for finding in dict.fromkeys(change.finding for change in moved):
            chosen += [change for change in moved if change.finding == finding][:MOST_OF_EACH]
        return self._lines(chosen[:MOST_MOVED]), len(moved)

    def _lines(self, changes: list[Change] | tuple[Change, ...]) -> list[Line]:
        return [line_of(self.comparison, change, None, Anchors()) for change in changes]

    def flips(self) -> list[str]:
        """A line for each score of which answers flipped, and some of these with both answers."""
        lines = []
        scores = flipped(self.comparison, MOST_EXAMPLES)
        for score in scores[:MOST_SCORES]:
            lines.append(self.flipped(score))
            lines += [f"    {self.example(score, place)}" for place in range(len(score.answers))]
        if len(scores) > MOST_SCORES:
            lines.append(self.words.plain("compare.flips.more_scores", n=len(scores) - MOST_SCORES))
        paired = [flips for flips in self.comparison.flips if flips.paired]
        if not scores and paired:
            lines.append(self.words.plain("compare.flips.none"))
        return lines

    def flipped(self, score: Flipped) -> str:
        """How many answers of a score flipped, and which way."""
        ways = self.words.plain("comma").join(f"{way.before} → {way.after}: {way.count}" for way in score.ways)
        said = self.words.plain(f"compare.flips.{score.kind}", n=score.flipped, paired=score.paired)
        name = f"{score.probe}/{score.measure}" if score.measure else score.probe
        gone = [
            self.words.plain(f"compare.flips.{key}", n=count)
            for key, count in (("lost", score.lost), ("gained", score.gained))
            if count
        ]
        return "; ".join([f"{name}: {said}", *([ways] if ways else []), *gone])

    def example(self, score: Flipped, place: int) -> str:
        """One item with both answers."""
        answers = score.answers[place]
        labels = f" ({shown(answers.labels)})" if answers.labels else ""
        return f"{shown(answers.item)}{labels}: {answers.before} → {answers.after}"

    def lost(self) -> list[str]:
        """What a rule can fail a release for and nobody can compare."""
        return [_lost(lost) for lost in self.comparison.lost]

    def unmatched(self) -> list[str]:
        """What else could not be compared, each with its reason."""
        lost = self.comparison.lost
        rest = [missing for missing in self.comparison.unmatched if missing not in lost]
        return [f"{unmatched_text(missing)}: {shown(line(missing.reason))}" for missing in rest]


def _lost(lost: Change | Unmatched) -> str:
    if isinstance(lost, Change):
        groups = shown(Labels.of(lost.metric).text)
        return f"{' '.join([line(lost.probe), line(lost.metric.name), groups]).strip()}: {shown(line(lost.reason))}"
    return f"{unmatched_text(lost)}: {shown(line(lost.reason))}"


def value(shown_value: Shown | None) -> str:
    """A value as it is printed; a dash without one."""
    return shown_value.value.text if shown_value else "–"


def change(row: Line) -> str:
    """A change as it is printed, of a factor with its sign."""
    return ("× " if row.factor else "") + value(row.change)


def interval(row: Line) -> str:
    """The interval of a change; nothing without one."""
    return f"[{row.change.low.text}, {row.change.high.text}]" if row.change else ""


def name(row: Line, *, probe: bool) -> str:
    """A metric with its groups as policies spell them."""
    named = row.labels.named(row.name)
    return f"{row.probe}: {named}" if probe else named
