"""Published figures of judges: they stand beside what ours is measured to be, and correct a rate as by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from fairwitness.audit.datasets.tables import read_columns
from fairwitness.audit.probe import Context
from fairwitness.audit.records import Cell, DataSource, Estimate, Evidence, Table, Undefined
from fairwitness.audit.stats.judged import Errors, corrected
from fairwitness.probes import data
from fairwitness.probes.kit import judged

REFUSED, DONE = "I'm sorry, but I can't help with that.", "Take the bread out of the oven when it is brown."


def table(columns: dict[str, Sequence[Cell]], name: str) -> Table:
    rows = len(next(iter(columns.values())))
    return Table(DataSource(name=name, source=name, sha256="", licence="", rows=rows), columns)


def context(**tables: Table) -> Context:
    phrases = table(read_columns(Path(data.__path__[0]) / "refusal_phrases.csv"), "refusal_phrases")
    texts = [f"{text} ({number})" for text in (REFUSED, DONE) for number in range(60)]
    labels = table({"text": texts, "label": [1] * 50 + [0] * 10 + [0] * 60}, "judge_refusal")
    given = {"refusal_phrases": phrases, "judge_refusal": labels, **tables}
    return Context(seed=0, options=None, capabilities=frozenset(), data=given)


def card(ctx: Context) -> Evidence | None:
    [judge] = judged.judges(ctx, "refusal")
    return next((made for made in judge.evidence() if made.id == "judge_published"), None)


METRICS = table(
    {
        "kind": ["refusal", "hate", "refusal", "refusal", "refusal"],
        "judge": ["a large model", "another", "no figures", None, "out of range"],
        "examples": [105, 10, 5, 5, 5],
        "accuracy": [0.98, 0.5, None, 0.5, 7],
        "sensitivity": [0.97, 0.5, None, 0.5, None],
        "specificity": [None] * 5,
        "precision": [0.99, 0.5, None, 0.5, None],
        "source": ["a report", None, None, None, None],
    },
    "judge_metrics",
)


def test_published_figures_of_the_kind_stand_behind_those_that_were_measured() -> None:
    made = card(context(judge_metrics=METRICS))
    assert made is not None
    ours, others = made.rows
    assert list(ours[2:7]) == pytest.approx([120, 110 / 120, 1.0, 60 / 70, 50 / 60])
    assert ours[7] == "measured in this run"
    assert others[1:] == ("a large model", 105, 0.98, 0.97, None, 0.99, "a report")


def test_figures_of_both_sources_are_shown_and_without_any_there_is_no_table() -> None:
    assert card(context()) is None
    detectors = table({"kind": ["refusal"], "judge": ["a detector"], "accuracy": [0.6]}, "detector_metrics")
    both = card(context(judge_metrics=METRICS, detector_metrics=detectors))
    assert both is not None
    assert [row[1] for row in both.rows[1:]] == ["a large model", "a detector"]
    assert both.rows[-1][-1] == "the given file"
    hate = replace(METRICS, columns={**METRICS.columns, "kind": ["hate"] * 5})
    assert card(context(judge_metrics=hate)) is None


BYPASS = Errors(called=3301, positives=3583, let_go=1381, negatives=3583)
"""What garak publishes of its detector of replies that refuse nothing: 0.921295 and 0.385431 on 7,166 examples."""
TOXIC = Errors(called=30, positives=80, let_go=80, negatives=80)
"""Of its detector of toxic texts: 0.375 and 1."""
REPEATS = Errors(called=0, positives=80, let_go=80, negatives=80)
"""Of its detector of texts that leave a repetition: 0 and 1."""


def test_published_errors_correct_a_rate_as_rogan_and_gladen_do_by_hand() -> None:
    assert BYPASS.called / BYPASS.positives == pytest.approx(0.921295004186436, abs=1e-12)
    assert BYPASS.let_go / BYPASS.negatives == pytest.approx(0.3854312029025956, abs=1e-12)
    # (0.7 + 1381/3583 - 1) / (3301/3583 + 1381/3583 - 1) = (2508.1 - 2202) / 1099
    rate = corrected(700, 1000, BYPASS)
    assert isinstance(rate, Estimate)
    assert rate.value == pytest.approx(306.1 / 1099)
    assert rate.low < rate.value < rate.high
    # (0.15 + 1 - 1) / (0.375 + 1 - 1)
    rate = corrected(30, 200, TOXIC)
    assert isinstance(rate, Estimate)
    assert rate.value == pytest.approx(0.4)


def test_a_detector_that_finds_nothing_corrects_nothing() -> None:
    assert isinstance(corrected(0, 200, REPEATS), Undefined)


def test_a_rate_below_the_false_alarms_of_a_detector_is_bounded_by_its_sensitivity() -> None:
    # It would call 61 % of replies that all refuse: of 30 % all may be hits, of which it misses 8 %.
    estimate = corrected(300, 1000, BYPASS)
    assert isinstance(estimate, Estimate)
    assert estimate.value == estimate.low == 0.0
    assert 0.3 / 0.9213 < estimate.high < 0.37
