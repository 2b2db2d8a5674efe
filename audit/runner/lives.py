"""A selected probe with its options and data, ready to start, or already found not to apply."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import MappingProxyType

from fairwitness.audit import document
from fairwitness.audit.manner import USUAL, InManner, Manner
from fairwitness.audit.probe import Context, Judge, Options, Probe, applies
from fairwitness.audit.reasons import SEMICOLON, WORDS, cells
from fairwitness.audit.records import AbsenceCode, Cell, Name, ProbeSpec, SubjectInfo, joined
from fairwitness.audit.runner import kept_texts
from fairwitness.audit.runner.data_binding import BoundData
from fairwitness.audit.runner.reads import Reads
from fairwitness.audit.runner.rounds import Live
from fairwitness.audit.runner.row_writers import table_opener
from fairwitness.audit.runner.second_models import NONE, SecondModels

CHAT_OPTION = "chat"
"""The option by which a probe says itself whether it asks in a chat."""
READ_AS_THEY_STAND = frozenset({"Attribute", "Attend", "Patch", "ReadLayers"})
"""Requests about a text as it stands: a probe that asks some of these asks all else about the same text."""


@dataclass(frozen=True, slots=True)
class Scope:
    """What a run asks for beyond the probes themselves, so that an absence can be told from what nobody wanted.

    `in_suite` are probes that a suite brought along: one that this kind of model cannot answer was not asked. Of these
    `optional` ones were not asked either where their data are not given. All other probes were asked by name.
    """

    in_suite: frozenset[str] = frozenset()
    optional: frozenset[str] = frozenset()


def live_of(
    probe: Probe,
    options: Options,
    subject: SubjectInfo,
    data: BoundData,
    seed: int,
    show_secrets: bool,
    judge: Judge | None = None,
    second_models: SecondModels = NONE,
    folder: Path | None = None,
    scope: Scope = Scope(),
    manner: Manner = USUAL,
    away: frozenset[str] = frozenset(),
) -> Live:
    """A probe ready to start, or already found not to apply."""
    if away and data.private:
        judge, second_models = kept_texts.guarded(judge, second_models, away)
    own_texts = data.own_texts
    open_table = table_opener(folder, probe.spec.name, show_secrets=show_secrets, own_texts=own_texts)
    tables = Reads(data.tables)
    chooses = CHAT_OPTION in probe.options.model_fields or _reads_inside(probe.spec)
    context = Context(
        seed=seed,
        options=options,
        capabilities=frozenset(subject.capabilities),
        data=tables,
        kind=subject.kind,
        judge=judge,
        references=tuple(InManner(model, manner, chooses) for model in second_models.references),
        masked_model=second_models.masked,
        open_table=open_table,
    )
    name = probe.spec.name
    live = Live(
        probe,
        context,
        show_secrets,
        own_texts,
        tuple(WORDS("missing.not_given", need=text) for text in data.optional),
        in_suite=name in scope.in_suite,
        optional=name in scope.optional,
        manner=manner,
        chooses=chooses,
        store=None if folder is None else partial(document.store_items, folder, name),
    )
    if not applies(probe.spec, subject.capabilities):
        live.does_not_apply(*_lacking(probe.spec, subject))
    elif data.private and subject.spec in away:
        kept = kept_texts.kept(subject.spec)
        live.does_not_apply(kept.why, "texts_kept", kept.values)
    elif data.required:
        needs = [need.name for need in probe.spec.data if need.required and need.name not in data.tables]
        live.does_not_apply(joined(SEMICOLON, data.required), "data_missing", {"needs": ", ".join(needs)})
    return live


def _reads_inside(spec: ProbeSpec) -> bool:
    return any(READ_AS_THEY_STAND.intersection(kinds) for kinds in spec.needs)


NEVER: Mapping[tuple[str, str], str] = MappingProxyType(
    {
        ("sequence_classifier", "ReadLayers"): "no_vocabulary",
        ("question_answerer", "ReadLayers"): "no_head",
        ("token_classifier", "ReadLayers"): "no_head",
        ("encoder", "ReadLayers"): "no_head",
    }
)
"""Why no model of a kind can be asked something, where that is not plain: the name of the sentence."""


def _lacking(spec: ProbeSpec, subject: SubjectInfo) -> tuple[str, AbsenceCode, dict[str, Cell]]:
    """What a model lacks to be asked: the sentence, its code and its values."""
    have = set(subject.capabilities)
    lacking = [sorted(set(needs) - have) for needs in spec.needs]
    lacks = joined(WORDS("absent.or"), [joined(WORDS("absent.and"), kinds) for kinds in lacking])
    what = " ".join(part for part in (subject.architecture, f"({subject.kind})") if part)
    answers = Name(", ".join(sorted(have))) if have else WORDS("absent.nothing")
    which = "file_lacks" if subject.kind == "predictions" else "model_lacks"
    sentence = WORDS(f"absent.{which}", lacks=lacks, what=Name(what), answers=answers)
    wanted = {kind for kinds in lacking for kind in kinds}
    for note in subject.notes:
        if note.code == "kind_not_asked" and note.values["kind"] in wanted:
            sentence = WORDS("absent.because", reason=sentence, note=note.text)
    for asked in sorted(wanted):
        if (why := NEVER.get((subject.kind, asked))) is not None:
            sentence = WORDS("absent.because", reason=sentence, note=WORDS(f"absent.{why}"))
    return sentence, "model_lacks", cells({"lacks": lacks, "architecture": subject.architecture, "kind": subject.kind})
