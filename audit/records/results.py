"""Probes and what came of them: measured, not applicable or failed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from fairwitness.audit.records.data import DataNeed
from fairwitness.audit.records.evidence import Cell, Evidence
from fairwitness.audit.records.items import Items, StoredItems
from fairwitness.audit.records.metrics import Metric
from fairwitness.audit.records.pictures import Picture
from fairwitness.audit.records.text import Text

AbsenceCode: TypeAlias = Literal[
    "model_lacks", "data_missing", "data_unfit", "option_unfit", "nothing_to_ask", "budget_spent", "texts_kept", "other"
]
ABSENCE_CODES: Mapping[AbsenceCode, str] = {
    "model_lacks": "the model does not answer what the probe asks, whatever the data: another kind of model is needed",
    "data_missing": "a data set that it needs was not given and is nowhere to be found",
    "data_unfit": "the data lack a column, a row or a value that it needs, or hold one that it cannot read",
    "option_unfit": "an option names what is not there, or one that it needs is not given",
    "nothing_to_ask": "nothing is left to ask about: no item, no template, no group fits",
    "budget_spent": "the minutes, requests, tokens or money of the run ended first; whoever asks again goes on there",
    "texts_kept": "its texts are the user's, and a model that it asks is on another machine",
    "other": "none of these; the sentence alone says why",
}
"""Every code of a probe that does not apply, and what it says. Probes of others use `other` where none fits."""
FailureCode: TypeAlias = Literal["crashed", "unanswered", "interrupted"]
FAILURE_CODES: Mapping[FailureCode, str] = {
    "crashed": "the probe, or the model that it asked, raised an error",
    "unanswered": "more of its requests stayed unanswered than a probe may leave out, all of them among others",
    "interrupted": "the run was stopped before it had a result",
}
"""Every code of a probe that failed, and what it says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeSpec:
    """What a probe asks and what it cannot tell."""

    name: str
    version: str
    family: str
    title: Text
    question: Text
    why: Text
    how_to_read: Text
    needs: tuple[tuple[str, ...], ...]
    """Alternatives, each a set of request kinds."""
    citations: tuple[str, ...]
    limits: tuple[Text, ...]
    data: tuple[DataNeed, ...] = ()
    data_licence: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """A probe that ran to its end."""

    probe: ProbeSpec
    metrics: tuple[Metric, ...]
    evidence: tuple[Evidence, ...]
    requests: int
    """Number of requests that it asked."""
    unanswered: int
    """How many of them have no answer."""
    notes: tuple[Text, ...] = ()
    sources: tuple[str, ...] = ()
    """Hashes of the files that served its data needs: another probe may have asked another file for a need of the same
    name."""
    terms: Mapping[str, Text] = field(default_factory=dict)
    """How names of metrics, units, labels and cells of tables read in other languages, where they do."""
    items: Items | StoredItems | None = None
    """What was asked or decided, row by row: named by its file where the run has a folder, else held."""
    pictures: tuple[Picture, ...] = ()
    """What of it is drawn first; without any the metrics of groups are."""
    manners: Mapping[str, int] = field(default_factory=dict)
    """How many of its requests to write or to score a text were put as the user's turn in a chat (`user_turn`), as the
    beginning of the model's (`model_turn`) or plainly (`plain`); behind a system message of the run (`system_of_run`)
    or of the probe's (`system_of_probe`), and behind earlier turns of the probe's (`earlier_turns`)."""
    status: Literal["measured"] = "measured"


@dataclass(frozen=True, slots=True, kw_only=True)
class NotApplicable:
    """A probe that this model or these data cannot answer, or that a budget cut off, and why.

    `asked` is False for a probe of a suite that this kind of model cannot answer, or whose data the suite marks
    optional and nobody gave: no rule counts it as missing.
    """

    probe: ProbeSpec
    reason: Text
    """The reason as a sentence; nothing decides by its words."""
    code: AbsenceCode = "other"
    """The reason as one of `ABSENCE_CODES`."""
    values: Mapping[str, Cell] = field(default_factory=dict)
    """The numbers and names that the sentence is filled with."""
    asked: bool = True
    status: Literal["not_applicable"] = "not_applicable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """A probe that crashed; the others went on. `reason` is one line, `detail` the traceback without paths."""

    probe: ProbeSpec
    reason: Text
    """The reason as a sentence; nothing decides by its words."""
    code: FailureCode = "crashed"
    """The reason as one of `FAILURE_CODES`."""
    values: Mapping[str, Cell] = field(default_factory=dict)
    """The numbers and names that the sentence is filled with."""
    detail: str = ""
    status: Literal["failed"] = "failed"


ProbeResult: TypeAlias = Measured | NotApplicable | Failed
