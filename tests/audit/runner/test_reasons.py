"""Why something was not measured is told without the user's texts, also where a probe or model repeats part of one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from fairwitness.audit import document, policy, runner
from fairwitness.audit.engine import Engine
from fairwitness.audit.probe import Context, DoesNotApply, Findings, Options, ProbeRun
from fairwitness.audit.records import Audit, Column, Evidence, Failed, Measured, NotApplicable, Undefined
from fairwitness.audit.requests import Classify, ClassScores, Generate, Generated, Unanswered
from fairwitness.audit.runner.own_texts import HIDDEN, reason_without
from fakes import INFO, FakeModel, FakeProbe, metric, need, spec

TEXT = "my sister was told on Friday that the tumour has grown"
PART = "the text 'told on Friday that' has no class"
POLICY, POLICY_INFO = policy.load(None)


class Silent(FakeModel):
    """A model that answers nothing, and repeats a part of what it was asked in saying why."""

    def classify(self, batch: Sequence[Classify]) -> list[ClassScores | Unanswered]:
        return [Unanswered(PART) for _ in batch]


class Quotes(FakeModel):
    """A model behind a function that raises with what was written in its message."""

    def generate(self, batch: Sequence[Generate]) -> list[Generated | Unanswered]:
        raise ValueError("no JSON: stir it on Friday")


def audit(tmp_path: Path, end: Callable[[], Findings], *, show: bool, model: FakeModel | None = None) -> Audit:
    def body(ctx: Context) -> ProbeRun:
        yield [Classify(str(ctx.data["own"].columns["text"][0]))]
        return end()

    path = tmp_path / "mine.csv"
    path.write_text(f"text\n{TEXT}\n")
    probe = FakeProbe(spec("odd", data=(need("own"),)), body)
    supplied = runner.provide([probe.spec], {"odd": path})
    return runner.run(
        [(probe, Options())],
        Engine(model or FakeModel(INFO)),
        INFO,
        supplied,
        {"limit": None},
        POLICY,
        POLICY_INFO,
        show_secrets=show,
    )


def crash(error: Exception) -> Findings:
    raise error


@pytest.mark.parametrize("show", [False, True])
def test_of_a_probe_that_does_not_apply(tmp_path: Path, show: bool) -> None:
    (result,) = audit(tmp_path, lambda: crash(DoesNotApply(PART)), show=show).results
    assert isinstance(result, NotApplicable)
    assert result.reason == (PART if show else HIDDEN)


@pytest.mark.parametrize("show", [False, True])
def test_of_a_metric_that_could_not_be_estimated(tmp_path: Path, show: bool) -> None:
    asked = Evidence(
        id="asked", caption="", kind="table", columns=(Column("text", "prompt"),), rows=(("another",),), total=1
    )
    rate = replace(metric("rate", 0.5, 9, ("asked",)), estimate=Undefined(PART, "not_estimable"))
    found = Findings(metrics=[rate], evidence=[asked], notes=[PART])
    (result,) = audit(tmp_path, lambda: found, show=show).results
    assert isinstance(result, Measured)
    (one,) = result.metrics
    assert isinstance(one.estimate, Undefined)
    assert one.estimate.reason == (PART if show else HIDDEN)
    assert result.notes[0] == (PART if show else HIDDEN)


@pytest.mark.parametrize("show", [False, True])
def test_of_a_crash(tmp_path: Path, show: bool) -> None:
    made = audit(tmp_path, lambda: crash(ValueError(PART)), show=show)
    (result,) = made.results
    assert isinstance(result, Failed)
    assert result.reason.startswith(f"ValueError: {PART if show else HIDDEN}")
    assert ("told on Friday" in document.dump(document.to_json(made))) is show


@pytest.mark.parametrize("show", [False, True])
def test_of_a_model_that_did_not_answer(tmp_path: Path, show: bool) -> None:
    made = audit(tmp_path, lambda: Findings(metrics=[]), show=show, model=Silent(INFO))
    (result,) = made.results
    assert isinstance(result, Failed)
    assert result.reason.startswith("too many unanswered: 1 of 1 requests")
    assert ("told on Friday" in document.dump(document.to_json(made))) is show


@pytest.mark.parametrize("show", [False, True])
def test_of_an_error_that_quotes_what_the_model_wrote(show: bool) -> None:
    def body(_: Context) -> ProbeRun:
        yield [Generate("How?", 8)]
        return Findings(metrics=[])

    probe, info = FakeProbe(spec("odd"), body), replace(INFO, capabilities=("Classify", "Generate"))
    asked, none = [(probe, Options())], runner.provide([probe.spec], {})
    made = runner.run(asked, Engine(Quotes(info)), info, none, {"limit": None}, POLICY, POLICY_INFO, show_secrets=show)
    (result,) = made.results
    assert isinstance(result, Failed)
    assert ("--show-secrets shows them" in result.reason) is not show
    assert ("stir it on Friday" in document.dump(document.to_json(made))) is show


def test_a_reason_of_other_words_is_told() -> None:
    assert reason_without("on Friday the model was not there", [TEXT]) == "on Friday the model was not there"
    assert reason_without(f"first\n{PART}", [TEXT]) == f"first\n{HIDDEN}"
