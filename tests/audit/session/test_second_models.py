"""Models beside the audited one: looked at before anything is asked, loaded one at a time, paid for by the run."""

from __future__ import annotations

from pathlib import Path

import pytest

from fairwitness.audit.budget import Budget, OutOfBudget
from fairwitness.audit.config import RunConfig
from fairwitness.audit.errors import BadOption
from fairwitness.audit.records import SubjectInfo
from fairwitness.audit.requests import LogLikelihood
from fairwitness.audit.session import second_models, subjects
from fakes import FakeModel


def info(spec: str) -> SubjectInfo:
    """What the files of a model say: its name says what it answers."""
    answers = {"causal": ("LogLikelihood",), "masked": ("FillMask", "PseudoLogLikelihood"), "table": ("Predict",)}
    kind = spec.split("-")[0]
    return SubjectInfo(
        spec=spec, fingerprint="", kind=kind, architecture="", parameters=None, dtype="", capabilities=answers[kind]
    )


@pytest.fixture
def loaded(monkeypatch: pytest.MonkeyPatch) -> list[str | None]:
    """The names of what was loaded, in that order."""
    names: list[str | None] = []

    def load(config: RunConfig, cache: Path, spending: Budget | None) -> FakeModel:
        names.append(config.model)
        return FakeModel()

    monkeypatch.setattr(subjects, "load", load)
    monkeypatch.setattr(subjects, "inspect", lambda config, cache: info(config.model))
    return names


CONFIG = RunConfig(model="causal", reference_model=("causal-a", "causal-b"), masked_model="masked-c", task="causal_lm")


def test_they_are_loaded_when_asked_and_spend_what_the_run_may(tmp_path: Path, loaded: list[str | None]) -> None:
    spending = Budget(requests=3)
    models = second_models.opened(CONFIG, tmp_path, spending)
    assert [model.info.spec for model in models.all] == ["causal-a", "causal-b", "masked-c"]
    assert loaded == []
    first, second = models.references
    first([LogLikelihood("", "a"), LogLikelihood("", "b")])
    assert (loaded, spending.asked) == (["causal-a"], 2)
    with pytest.raises(OutOfBudget):
        second([LogLikelihood("", "c"), LogLikelihood("", "d")])
    assert models.counts["second_model_calls"] >= 1
    assert first.info.fingerprint == FakeModel().info.fingerprint


def test_the_document_tells_of_each(tmp_path: Path, loaded: list[str | None]) -> None:
    told = second_models.opened(CONFIG, tmp_path).described
    assert [model["spec"] for model in told["reference_models"]] == ["causal-a", "causal-b"]
    assert told["masked_model"]["kind"] == "masked"
    assert second_models.opened(RunConfig(model="causal"), tmp_path).described == {}


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"reference_model": ("table-d",)}, "--reference-model table-d: it is a table and answers nothing"),
        ({"masked_model": "causal-a"}, "--masked-model causal-a: it must fill blanks; this is (causal)"),
        ({"probe": {"membership": {"reference_model": "x"}}}, "name one with --reference-model MODEL"),
        ({"probe": {"membership": {"masked_model": "x"}}}, "name one with --masked-model MODEL"),
    ],
)
def test_what_cannot_serve_is_refused_before_anything_is_asked(
    tmp_path: Path, loaded: list[str | None], changed: dict[str, object], words: str
) -> None:
    config = CONFIG.model_copy(update=changed)
    with pytest.raises(BadOption) as error:
        second_models.check(config, info("causal"), ["membership"], tmp_path)
    assert words in str(error.value)
    assert loaded == []
