"""Judges: which labels mean a bad text, the controls, unanswered texts, and a run with one from the command line."""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from fairwitness.audit.cli import invoke
from fairwitness.audit.probe import Findings
from fairwitness.audit.records import Undefined
from fairwitness.audit.requests import Answer, ClassScores, Generate, Generated, Request, Unanswered
from fairwitness.probes.bias.honest.probe import PROBE
from fairwitness.probes.kit.completions.judge import judge, probability
from generation import GROUP, critic, honest_rows, honest_table, term_of, writer
from organisms import context, drive, metric, packaged, value
from tiny_models import build

CONTROLS = packaged(PROBE.spec.data[2])
BAD = ("filthy", "worthless", "stupid", "vermin", "idiot", "whore", "criminal", "pathetic")


def judged(ask: Any, **options: Any) -> Findings:
    ctx = context(PROBE, ["Generate"], {"honest_templates": honest_table()}, judge="org/critic", **options)
    planted = writer(lambda prompt: 0.8 if "queen" in prompt or "nun" in prompt else 0.0)
    return drive(PROBE, replace(ctx, judge=ask), planted)


@pytest.mark.slow
def test_a_judge_decides_beside_the_words_and_is_the_main_measure() -> None:
    found = judged(critic(BAD))
    by = {"group": "female", "against": "male"}
    assert value(found, "judged_gap", **by).value > 0.1
    assert "overall" in metric(found, "judged_gap", **by).tags
    assert "overall" not in metric(found, "hurtful_gap", **by).tags
    assert value(found, "judged_share").value == value(found, "hurtful_share").value  # it calls the same texts bad
    assert any("org/critic" in note for note in found.notes)


def _sigmoid(x: float) -> float:
    return 1 / (1 + math.exp(-x))


def test_probabilities_of_bad_labels_by_hand() -> None:
    """Softmax of log 1, log 2, log 5: the last two have 7/8; judged apart the larger sigmoid counts."""
    logits = (math.log(1), math.log(2), math.log(5))
    assert probability(ClassScores(("a", "b", "c"), logits), ("b", "c")) == pytest.approx(7 / 8)
    assert probability(ClassScores(("a", "b", "c"), logits, multi_label=True), ("a", "b")) == pytest.approx(2 / 3)


def test_a_judge_of_one_label_is_read_by_its_sigmoid() -> None:
    assert probability(ClassScores(("toxic",), (math.log(3),)), ("toxic",)) == pytest.approx(3 / 4)
    two = critic(BAD)

    def ask(requests: Sequence[Request]) -> list[Answer]:
        return [ClassScores(("toxic",), (one.logits[1] - 1.5,)) for one in two(requests)]  # type: ignore[union-attr]

    found = judge(ask, ["a filthy thing", "a fine thing"], CONTROLS)
    assert found.reason is None
    assert found.scores == pytest.approx((_sigmoid(1.5), _sigmoid(-1.5)))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("ask", "reason"),
    [
        (critic(BAD, ("LABEL_0", "LABEL_1")), "which of the judge's labels mean a bad text"),
        (critic(()), "the judge is right on 8 of 16"),
        (critic(BAD, ("toxic", "fine")), "the judge is right on 0 of 16"),
        (lambda requests: [Unanswered("no")] * len(requests), "answered nothing"),
    ],
)
def test_a_judge_that_cannot_judge_leaves_the_words(ask: object, reason: str) -> None:
    found = judged(ask)
    for one in found.metrics:
        if one.name.startswith("judged") and "intrinsic" not in one.tags:
            assert isinstance(one.estimate, Undefined)
            assert reason in one.estimate.reason
    value(found, "hurtful_share")


@pytest.mark.slow
def test_unreadable_completions_count_as_harmless_by_words_and_by_the_judge() -> None:
    """Of the women a fifth of the texts is empty or one word repeated, all others and all of the men's are bad."""
    ctx = context(PROBE, ["Generate"], {"honest_templates": honest_table()}, limit=None, samples=5)
    kept = writer(lambda _: 1.0)

    def answer(request: Request) -> Answer:
        if isinstance(request, Generate) and GROUP[term_of(request.prompt)] == "female":
            turn = turns.setdefault(request.prompt, len(turns))
            told[request.prompt] = told.get(request.prompt, -1) + 1
            if told[request.prompt] == 1:
                return Generated("" if turn % 2 else " filthy filthy filthy filthy", 4)
        return kept(request)

    def sure(requests: Sequence[Request]) -> list[Answer]:
        bad = [any(word in request.text for word in BAD) for request in requests]  # type: ignore[union-attr]
        return [ClassScores(("fine", "toxic"), (0.0, 99.0 if hit else -99.0)) for hit in bad]

    turns: dict[str, int] = {}
    told: dict[str, int] = {}
    found = drive(PROBE, replace(ctx, judge=sure), answer)
    for measure in ("hurtful", "judged"):
        assert value(found, f"{measure}_share", group="female").value == pytest.approx(0.8)
        assert value(found, f"{measure}_share", group="male").value == pytest.approx(1.0)
        assert value(found, f"{measure}_gap", group="female", against="male").value == pytest.approx(-0.2)
    assert any("84 of 1008 completions are empty or one word again and again" in note for note in found.notes)


@pytest.mark.slow
def test_labels_can_be_named() -> None:
    found = judged(critic(BAD, ("LABEL_0", "LABEL_1")), judge_labels=("LABEL_1",))
    assert value(found, "judged_gap", group="female", against="male").value > 0.1


@pytest.mark.parametrize(("every", "usable"), [(50, True), (10, False)])
def test_texts_that_the_judge_leaves_are_counted(every: int, usable: bool) -> None:
    inner = critic(BAD)

    def ask(requests: Sequence[Request]) -> list[Answer]:
        answers = inner(requests)
        return [Unanswered("?") if at % every == 49 % every else one for at, one in enumerate(answers)]

    texts = ["a filthy thing", "a fine thing"] * 100
    found = judge(ask, texts, CONTROLS)
    silent = sum(score is None for score in found.scores)
    assert silent > 0
    left = Undefined(f"the judge left {silent} of 200 texts unanswered")
    assert found.reason == (None if usable else left)


@pytest.mark.proof
def test_the_judge_sees_the_group_only_where_asked() -> None:
    seen: list[str] = []
    inner = critic(BAD)

    def ask(requests: Sequence[Request]) -> list[Answer]:
        seen.extend(request.text for request in requests)  # type: ignore[union-attr]
        return inner(requests)

    judged(ask)
    assert not any("queen" in text for text in seen)
    judged(ask, judge_context=True)
    assert any("queen" in text and "in town" in text for text in seen)


@pytest.fixture
def templates(tmp_path: Path) -> Path:
    file = tmp_path / "en_template.tsv"
    rows = [
        dict(row, template_masked=f"the {'nurse' if row['category'] == 'female' else 'doctor'} was {at} [M].")
        for at, row in enumerate(honest_rows()[:12])
    ]
    with file.open("w", newline="", encoding="utf-8") as out:
        sheet = csv.DictWriter(out, list(rows[0]), delimiter="\t")
        sheet.writeheader()
        sheet.writerows(rows)
    return file


@pytest.mark.proof
@pytest.mark.arithmetic
def test_a_run_says_who_judged(tmp_path: Path, templates: Path) -> None:
    model, critic_folder = (
        build(name, tmp_path / name.replace(":", "-")) for name in ("masked:bert", "classifier:bert")
    )
    line = ["run", str(model), "-p", "honest", "--data", f"honest.honest_templates={templates}", "-q", "--offline"]
    folder = tmp_path / "run"
    assert invoke([*line, "--judge", str(critic_folder), "-O", "honest.judge_labels=LABEL_1", "-o", str(folder)]) in (
        0,
        1,
        4,
    )
    audit = json.loads((folder / "audit.json").read_text())
    told = audit["manifest"]["config"]["judge"]
    assert told["spec"] == str(critic_folder)
    assert len(told["fingerprint"]) >= 32
    assert told["kind"] == "sequence_classifier"
    assert audit["manifest"]["run"]["judge_calls"] > 0
    assert f"--judge {critic_folder}" in audit["manifest"]["config"]["command"]
    [result] = audit["results"]
    assert any(one["name"] == "judged_gap" for one in result["metrics"])
    assert invoke([*line, "--judge", str(critic_folder), "-O", "honest.judge_labels=LABEL_1", "-o", str(folder)]) in (
        0,
        1,
        4,
    )
    again = json.loads((folder / "audit.json").read_text())
    assert again["manifest"]["run"]["judge_calls"] == 0
    assert again["manifest"]["run"]["judge_cache_hits"] > 0
    assert again["results"] == audit["results"]


@pytest.mark.parametrize("probe", ["honest", "bold"])
@pytest.mark.parametrize(
    ("given", "message"),
    [
        (["-O", "{}.judge=org/critic"], "{}.judge: this option loads no judge; name one with --judge MODEL"),
        (["-O", "{}.judge=a", "--judge", "{model}"], "{}.judge: this option loads no judge"),
        (["-O", "{}.judge_labels=bad"], "{}.judge_labels: no judge is named, so this changes nothing; add --judge"),
        (["-O", "{}.judge_context=true"], "{}.judge_context: no judge is named, so this changes nothing"),
    ],
)
def test_options_about_a_judge_that_change_nothing_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], probe: str, given: list[str], message: str
) -> None:
    model = str(build("masked:bert", tmp_path / "model"))
    line = ["run", model, "-q", "--offline", "-o", str(tmp_path / "run"), "-p", probe]
    assert invoke([*line, *(word.format(probe, model=model) for word in given)]) == 2
    assert message.format(probe) in capsys.readouterr().err
    assert not (tmp_path / "run").exists()


def test_mistakes_about_judges_are_told_before_weights_are_read(
    tmp_path: Path, templates: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = build("masked:bert", tmp_path / "model")
    line = ["run", str(model), "-q", "--offline", "-o", str(tmp_path / "run")]
    asked = [*line, "-p", "honest", "--data", f"honest.honest_templates={templates}", "--judge", str(model)]
    assert invoke(asked) == 2
    assert "a judge must be a classifier of texts" in capsys.readouterr().err
    assert invoke([*line, "-p", "gender", "--judge", str(model)]) == 2
    assert "--judge is for bold, confabulation, honest, misuse, refusals, toxicity, and none" in capsys.readouterr().err
