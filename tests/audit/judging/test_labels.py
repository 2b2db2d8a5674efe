"""Answers of a run are drawn for people to label, and their labels make rates whatever the judge is worth."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from judged_rows import audit

from fairwitness.audit import document, judging
from fairwitness.audit.cli import invoke
from fairwitness.audit.judging import Decided, JudgedAnswer, Said, Verdicts, content_id
from fairwitness.audit.records import Column, DataSource, Estimate, Evidence, Measured, Table, Undefined
from fairwitness.audit.stats.prediction_powered import Stratum, prediction_powered


def answer(number: int, verdict: str, kind: str = "refusal") -> JudgedAnswer:
    said = Said(f"=text {number}", "request")
    return JudgedAnswer(content_id(said), kind, verdict, said)


def test_as_many_of_each_verdict_are_drawn_and_the_same_again() -> None:
    answers = [answer(n, "yes" if n < 10 else "no" if n < 95 else "") for n in range(100)]
    some = judging.drawn(answers, 40, seed=1)
    assert [sum(each.verdict == verdict for each in some) for verdict in ("yes", "no", "")] == [10, 25, 5]
    assert some == judging.drawn(answers, 40, seed=1) != judging.drawn(answers, 40, seed=2)
    assert sorted(each.id for each in judging.drawn(answers, 500, seed=1)) == sorted(each.id for each in answers)


def test_labels_are_those_of_one_kind_and_those_that_say_nothing_are_counted() -> None:
    columns = {
        "id": ["a", "a", "b", "c", "d"],
        "kind": ["hate", "hate", "hate", "refusal", "hate"],
        "label": [1, 0, "no", 1, None],
    }
    table = Table(DataSource(name="l", source="l", sha256="", licence="", rows=5), columns)  # type: ignore[arg-type]
    assert judging.labels_of(table, "hate") == ({"b": False}, 2)
    assert judging.labels_of(table, "refusal") == ({"c": True}, 0)


def test_an_answer_that_as_many_call_so_as_not_has_no_label() -> None:
    columns = {"id": ["a", "a", "b", "b", "b"], "kind": ["refusal"] * 5, "label": [1, 0, 1, 0, 1]}
    table = Table(DataSource(name="l", source="l", sha256="", licence="", rows=5), columns)  # type: ignore[arg-type]
    assert judging.labels_of(table, "refusal") == ({"b": True}, 1)


def test_a_labelled_rate_weighs_each_verdict_by_its_share_of_all_texts() -> None:
    # Of 100 called 40 of 50 labelled are; of 900 let go 5 of 50: 0.1 * 0.8 + 0.9 * 0.1 = 0.17.
    found = prediction_powered([Stratum(100, 50, 40, 50), Stratum(900, 50, 5, 50)], 1000)
    assert isinstance(found, Estimate)
    assert found.value == pytest.approx(0.17)
    assert found.low < 0.12 < 0.23 < found.high


@pytest.mark.parametrize(
    "strata",
    [[Stratum(100, 20, 10, 20), Stratum(100, 29, 10, 29)], [Stratum(100, 60, 10, 60), Stratum(6, 4, 0, 4)]],
)
def test_few_labels_make_no_rate(strata: list[Stratum]) -> None:
    assert isinstance(prediction_powered(strata, 200), Undefined)
    with pytest.raises(ValueError, match="no counts"):
        Stratum(1, 2, 0, 0)


def test_texts_without_a_verdict_are_in_a_labelled_rate() -> None:
    said = [Decided(True, human=n < 50) for n in range(60)]
    said += [Decided(False, human=False) for _ in range(40)] + [Decided(None, "form", human=True) for _ in range(20)]
    found = judging.labelled_rate(Verdicts.of(said))
    assert isinstance(found, Estimate)
    assert found.value == pytest.approx(70 / 120)


@pytest.mark.proof
@pytest.mark.slow
@pytest.mark.parametrize(("rate", "called", "let_go"), [(0.05, 0.9, 0.9), (0.3, 0.6, 0.5), (0.9, 0.95, 0.8)])
def test_labelled_rates_hold_the_rate_with_a_bad_judge_too(rate: float, called: float, let_go: float) -> None:
    rng = np.random.default_rng(11)
    inside = worlds = 0
    for _ in range(2_000):
        true = rng.random(400) < rate
        verdicts = np.where(true, rng.random(400) < called, rng.random(400) >= let_go)
        strata = []
        for verdict in (True, False):
            mine = np.flatnonzero(verdicts == verdict)
            some = rng.choice(mine, min(len(mine), 50), replace=False)
            strata.append(Stratum(len(mine), len(some), int(true[some].sum()), len(some)))
        found = prediction_powered(strata, 400)
        if isinstance(found, Estimate):
            worlds += 1
            inside += found.low <= rate <= found.high
    assert worlds > 1_900
    assert inside >= 0.94 * worlds


def run_with(answers: list[JudgedAnswer], folder: Path, *, hidden: bool) -> Path:
    columns = tuple(Column(name) for name in ("id", "kind", "verdict", "request", "text", "human"))
    rows = tuple(
        (a.id, a.kind, a.verdict or None, a.said.request, "[hidden]" if hidden else a.said.text, None) for a in answers
    )
    table = Evidence(id=judging.EVIDENCE, caption="c", kind="table", columns=columns, rows=rows, total=len(rows))
    made = replace(audit([], []), outcome="reported", exit_code=0)
    [result] = made.results
    assert isinstance(result, Measured)
    document.write(replace(made, results=(replace(result, evidence=(table,)),)), folder)
    return folder


def test_a_file_to_label_shows_no_verdict_and_no_formula(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    answers = [answer(n, "yes" if n < 30 else "no") for n in range(200)]
    folder = run_with(answers, tmp_path / "run", hidden=False)
    file = tmp_path / "labels.csv"
    assert invoke(["judge", "sample", str(folder), "-n", "60", "-o", str(file)]) == 0
    with file.open(newline="") as lines:
        rows = list(csv.DictReader(lines))
    assert list(rows[0]) == ["id", "kind", "drawn_as", "request", "text", "label"]
    assert len({row["drawn_as"] for row in rows}) == 60, "sealed: the verdict is not to be seen"
    assert len(rows) == 60
    assert {row["label"] for row in rows} == {""}
    assert all(row["text"].startswith("'=text") for row in rows)
    assert "--labels" in capsys.readouterr().out


def test_a_run_that_hides_its_texts_or_judged_nothing_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = run_with([answer(1, "yes")], tmp_path / "run", hidden=True)
    assert invoke(["judge", "sample", str(folder), "-o", str(tmp_path / "l.csv")]) == 2
    assert "--show-secrets" in capsys.readouterr().err
    document.write(replace(audit([], []), outcome="reported", exit_code=0), tmp_path / "other")
    assert invoke(["judge", "sample", str(tmp_path / "other")]) == 2
    assert "no answers that a judge judged" in capsys.readouterr().err
