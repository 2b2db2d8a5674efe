"""The document of a run: what was audited and how, what came of it, and how it was judged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from fairwitness.audit.records.baseline import Baseline, Uncompared
from fairwitness.audit.records.card import CardFile
from fairwitness.audit.records.data import DataSource
from fairwitness.audit.records.evidence import Cell
from fairwitness.audit.records.facts import Facts
from fairwitness.audit.records.results import ProbeResult
from fairwitness.audit.records.text import Text
from fairwitness.audit.records.verdicts import AuditOutcome, Verdict
from fairwitness.audit.records.waivers import WaiverUse

Json: TypeAlias = Mapping[str, Any]

SCHEMA_VERSION = "2.0"


NoteCode: TypeAlias = Literal[
    "kind_not_asked",
    "slower",
    "unknown_texts",
    "unused_weights",
    "converted",
    "not_fingerprinted",
    "rows",
    "cells",
    "columns",
    "outputs",
    "function",
    "library",
    "source",
    "endpoint",
    "other",
]
NOTE_CODES: Mapping[NoteCode, str] = {
    "kind_not_asked": "a kind of request that the model turned out not to answer",
    "slower": "a shortcut changes the answers of this model, so that it is asked without it",
    "unknown_texts": "texts that its tokenizer or its embeddings do not know",
    "unused_weights": "weights in its files that its class does not use",
    "converted": "the format that its weights were converted from",
    "not_fingerprinted": "why no hash of its content can be made",
    "rows": "how many rows or entries a file has, and which columns were read",
    "cells": "cells of a column that hold no value, or one that cannot be read or looks odd",
    "columns": "the columns that a model of tables takes",
    "outputs": "how its outputs are read: as classes or as numbers",
    "function": "how a function is asked, and what that leaves unmeasured",
    "library": "what a library warned of while it loaded the model, in its own words",
    "source": "how an encoder-decoder is given texts, and which languages it is told",
    "endpoint": "where a model behind an endpoint is asked, who says that it answers, and what it does not give",
    "other": "none of these; the sentence alone says it",
}
"""Every code of a note on a model, and what it says."""


@dataclass(frozen=True, slots=True)
class Note:
    """What to know of how a model was loaded."""

    text: Text
    """The note as a sentence; nothing decides by its words."""
    code: NoteCode = "other"
    """The note as one of `NOTE_CODES`."""
    values: Mapping[str, Cell] = field(default_factory=dict)
    """The numbers and names that the sentence is filled with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SubjectInfo:
    """What is audited."""

    spec: str
    fingerprint: str
    """Hash of its content. Empty where it has none that could be hashed (a function): its answers are not kept between
    runs, and nothing shows whether two runs asked the same."""
    kind: str
    architecture: str
    parameters: int | None
    dtype: str
    capabilities: tuple[str, ...]
    """The request kinds that it answers."""
    revision: str = ""
    notes: tuple[Note, ...] = ()
    """What to know of its loading."""
    card: tuple[CardFile, ...] = ()
    """What its own card, licence and settings say: claims, and no facts."""


@dataclass(frozen=True, slots=True)
class Look:
    """One time that a probe asked a model: of these data (hashes), at most so many items, with this seed."""

    probe: str
    data: str
    limit: int | None
    seed: int


@dataclass(frozen=True, slots=True)
class BoundInfo:
    """Why the bound of a rule is what it is, and where it comes from; empty where the policy does not say it."""

    reason: Text = ""
    source: Text = ""


@dataclass(frozen=True, slots=True)
class PolicyInfo:
    """Which policy judged, and the hash of its bytes; `path` is `default` for the one that Fairwitness brings."""

    path: str
    sha256: str
    lines: Mapping[str, int] = field(default_factory=dict)
    """The line of the file at which each of its rules stands, by the rule's id; empty where it is no file of a user."""
    bounds: Mapping[str, BoundInfo] = field(default_factory=dict)
    """Why each rule's bound is what it is, by the rule's id; rules of which the policy says nothing are left out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """Everything needed to repeat the run."""

    subject: SubjectInfo
    config: Json
    policy: PolicyInfo
    seed: int
    data: tuple[DataSource, ...]
    environment: Json
    git: Json
    run: Json
    """All that may differ between equal runs: times, calls, the host."""
    facts: Facts = field(default_factory=Facts)
    """What only people know, as far as somebody wrote it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """The one document. Every renderer, exporter and exit code is computed from it and nothing else."""

    fairwitness_version: str
    status: Literal["complete", "incomplete"]
    outcome: AuditOutcome
    manifest: Manifest
    results: tuple[ProbeResult, ...]
    verdicts: tuple[Verdict, ...]
    exit_code: int
    waivers: tuple[WaiverUse, ...] = ()
    """Every waiver of the policy, with what it did."""
    baseline: Baseline | None = None
    """What it was compared with, where a run was named; not in the document otherwise."""
    uncompared: Uncompared | None = None
    """Why it was compared with none, where that was wanted; not in the document otherwise."""
    schema_version: str = SCHEMA_VERSION
