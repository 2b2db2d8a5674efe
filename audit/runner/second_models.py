"""What a run asks beside the audited model, and how the document tells of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from fairwitness.audit.probe import SecondModel
from fairwitness.audit.records import Json, SubjectInfo


class CountedModel(SecondModel, Protocol):
    """A model beside the audited one that counts what it was asked."""

    model_calls: int
    cache_hits: int


@dataclass(frozen=True, slots=True)
class SecondModels:
    """What a run asks beside the audited model: models to compare it with, and a masked one to vary texts by."""

    references: tuple[CountedModel, ...] = ()
    masked: CountedModel | None = None

    @property
    def all(self) -> tuple[CountedModel, ...]:
        """Those to compare with, and then the masked one."""
        return (*self.references, *(() if self.masked is None else (self.masked,)))

    @property
    def counts(self) -> dict[str, int]:
        """What they were asked, for `manifest.run`; nothing where there is none."""
        if not self.all:
            return {}
        return {
            "second_model_calls": sum(model.model_calls for model in self.all),
            "second_model_cache_hits": sum(model.cache_hits for model in self.all),
        }

    @property
    def described(self) -> Json:
        """What they are, for the manifest's config."""
        masked = {} if self.masked is None else {"masked_model": described(self.masked.info)}
        references = [described(model.info) for model in self.references]
        return {**({"reference_models": references} if references else {}), **masked}


NONE = SecondModels()


def described(model: SubjectInfo) -> Json:
    """A second model as the manifest's config tells it: what it is, with its content fingerprint."""
    return {
        "spec": model.spec,
        "fingerprint": model.fingerprint,
        "kind": model.kind,
        "architecture": model.architecture,
    }
