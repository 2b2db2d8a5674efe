"""The card of a judge: tables of its errors."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeAlias

from fairwitness.audit import judging, stats
from fairwitness.audit.judging import EVIDENCE, Decided, Said, Tally
from fairwitness.audit.judging.calibration import CUTS
from fairwitness.audit.records import Estimate, Evidence, Undefined
from fairwitness.audit.stats.judged import Errors
from fairwitness.probes.kit.judged.calibrated import Calibrated, spoken
from fairwitness.probes.kit.judged.judges import WORDS
from fairwitness.probes.kit.judged.published import PUBLISHED_ROWS, measured
from fairwitness.probes.kit.tables import Head, Listing, interval, label, number, prompt, text
from fairwitness.probes.kit.words import series

Figure: TypeAlias = tuple[Calibrated, str, Estimate | Undefined | None, float | None]
"""Whose it is, its name, its interval or none, and the value where there is none."""
TallyRow: TypeAlias = tuple[str, str | float, Tally]
"""What is judged, the cut or the group, and the counts."""


def _sensitivity(row: TallyRow) -> Estimate | Undefined:
    return sensitivity(row[2].errors)


def _specificity(row: TallyRow) -> Estimate | Undefined:
    return specificity(row[2].errors)


def sensitivity(errors: Errors) -> Estimate | Undefined:
    """Of examples that are, the share that the judge calls."""
    return stats.proportion(errors.called, errors.positives)


def specificity(errors: Errors) -> Estimate | Undefined:
    """Of examples that are not, the share that it lets go."""
    return stats.proportion(errors.let_go, errors.negatives)


FIGURES: Listing[Figure] = Listing(
    "judge",
    WORDS,
    label("what", lambda row: row[0].what),
    label("judge", lambda row: row[0].judge.name),
    label("figure", lambda row: WORDS(f"judge_figures.{row[1]}")),
    interval(("value", "low", "high"), lambda row: row[2], otherwise=lambda row: row[3]),
)
_COUNTS: tuple[Head[TallyRow] | tuple[Head[TallyRow], ...], ...] = (
    number("positives", lambda row: row[2].errors.positives),
    interval(("sensitivity", "low sensitivity", "high sensitivity"), _sensitivity),
    number("negatives", lambda row: row[2].errors.negatives),
    interval(("specificity", "low specificity", "high specificity"), _specificity),
)
CUT_ROWS: Listing[TallyRow] = Listing(
    "judge_cuts", WORDS, label("what", lambda row: row[0]), number("cut", lambda row: float(row[1])), *_COUNTS
)
GROUP_ROWS: Listing[TallyRow] = Listing(
    "judge_groups", WORDS, label("what", lambda row: row[0]), label("group", lambda row: str(row[1])), *_COUNTS
)


AnswerRow: TypeAlias = tuple[Calibrated, Said, Decided]
ANSWER_ROWS: Listing[AnswerRow] = Listing(
    EVIDENCE,
    WORDS,
    label("id", lambda row: row[2].id),
    label("kind", lambda row: row[0].kind),
    label("verdict", lambda row: _said(row[2].verdict)),
    prompt("request", lambda row: row[1].request or None, secret=True),
    text("text", lambda row: row[1].text, secret=True),
    label("human", lambda row: _said(row[2].human)),
)


def evidence(judges: Sequence[Calibrated]) -> list[Evidence]:
    """The cards of judges and what they judged: tables that stand once in a probe, whatever it has of judges.

    Of several judges of one kind what the first says stands beside each text.
    """
    made: list[Evidence] = []
    tried = [each for judge in judges for each in (*judge.refused, judge)]
    known = [judge for judge in tried if judge.tally is not None and judge.calibration is not None]
    rows = [(judge, *figure) for judge in known for figure in figures(judge)]
    made.append(FIGURES.of(rows))  # without labelled examples too: what a metric refers to is there
    cuts = [
        (judge.what, cut, judging.tally(judge.calibration.examples, judge.decided, cut))
        for judge in known
        if judge.calibration is not None and judge.calibration.graded
        for cut in CUTS
    ]
    kinds = {judge.kind: judge for judge in reversed(judges)}
    groups = [(judge.what, group, tallied) for judge in known for group, tallied in judge.by_group().items()]
    made += [table.of(these) for table, these in ((CUT_ROWS, cuts), (GROUP_ROWS, groups)) if these]
    others = [(judge.what, figures) for judge in kinds.values() for figures in judge.published]
    if others:
        ours = [(judge.what, measured(judge.judge.name, judge.tally)) for judge in known if judge.tally is not None]
        made.append(PUBLISHED_ROWS.of([*ours, *others]))
    answers = [(judge, said, decided) for judge in kinds.values() for said, decided in judge.log.items()]
    if answers:
        what = series(dict.fromkeys(judge.what for judge in kinds.values()))
        made.append(ANSWER_ROWS.of(answers, what=what))
    return made


def _said(verdict: bool | None) -> str | None:
    return spoken(verdict) or None


def figures(judge: Calibrated) -> Iterator[tuple[str, Estimate | Undefined | None, float | None]]:
    """The figures of a judge: name, interval or none, and the value where there is none."""
    if judge.tally is None:
        return
    errors, total = judge.tally.errors, judge.tally.total
    yield "positives", None, errors.positives
    yield "negatives", None, errors.negatives
    yield "sensitivity", sensitivity(errors), None
    yield "specificity", specificity(errors), None
    yield "youden", errors.youden_estimate(), None
    yield "unscored", stats.proportion(sum(judge.tally.unscored), total), None
    yield "refused", stats.proportion(judge.tally.whys.get("refused", 0), total), None
    for attack in judge.robustness:
        yield attack.name, stats.proportion(attack.changed, attack.total), None
