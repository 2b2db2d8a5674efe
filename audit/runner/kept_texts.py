"""Texts of a user's own files stay on this machine: a model elsewhere is not asked about them unless they may go."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from fairwitness.audit.probe import DoesNotApply, Judge
from fairwitness.audit.reasons import WORDS
from fairwitness.audit.records import Name, SubjectInfo
from fairwitness.audit.requests import Answer, Request
from fairwitness.audit.runner.second_models import CountedModel, SecondModels


@dataclass(frozen=True, slots=True)
class AskedJudge:
    """A judge with the spec of the model that judges."""

    ask: Judge
    spec: str

    def __call__(self, requests: Sequence[Request]) -> list[Answer]:
        """Its answers, in order and in full number."""
        return self.ask(requests)


@dataclass(slots=True)
class KeptFrom:
    """A model on another machine for a probe with texts of the user's: whoever asks it does not apply."""

    info: SubjectInfo
    model_calls: int = 0
    cache_hits: int = 0

    def __call__(self, requests: Sequence[Request]) -> list[Answer]:
        """Raises DoesNotApply where anything is asked."""
        if requests:
            raise kept(self.info.spec)
        return []


def kept(spec: str) -> DoesNotApply:
    """Why a probe is not measured that would send a user's texts to a model elsewhere."""
    return DoesNotApply(WORDS("absent.texts_kept", model=Name(spec)), "texts_kept", {"model": spec})


def guarded(judge: Judge | None, others: SecondModels, away: frozenset[str]) -> tuple[Judge | None, SecondModels]:
    """Judge and second models, with those that are `away` asked nothing."""
    if isinstance(judge, AskedJudge) and judge.spec in away:
        judge = _refusing(judge.spec)
    references = tuple(_near(model, away) for model in others.references)
    masked = None if others.masked is None else _near(others.masked, away)
    return judge, replace(others, references=references, masked=masked)


def _refusing(spec: str) -> Judge:
    def refuse(requests: Sequence[Request]) -> list[Answer]:
        if requests:
            raise kept(spec)
        return []

    return refuse


def _near(model: CountedModel, away: frozenset[str]) -> CountedModel:
    return KeptFrom(model.info) if model.info.spec in away else model
