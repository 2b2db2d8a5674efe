"""A classifier of texts as a filter: both of its errors, by group, functionality, dialect and disguise."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from pydantic import Field

from fairwitness.audit.probe import Context, Findings, Options, ProbeRun
from fairwitness.audit.reasons import CHECK
from fairwitness.audit.records import Name, Picture, ScoredItems
from fairwitness.audit.requests import Answer, Classify, Request
from fairwitness.probes.kit.asking import ask
from fairwitness.probes.kit.choices import balanced
from fairwitness.probes.kit.classes import finite
from fairwitness.probes.kit.completions.judge import CONTROLS
from fairwitness.probes.kit.measures import specs_of
from fairwitness.probes.kit.pictured import dots
from fairwitness.probes.kit.rows import rows_of
from fairwitness.probes.kit.scored import content_id, scored_items, scored_or_not
from fairwitness.probes.safety.filter_fairness import items
from fairwitness.probes.safety.filter_fairness.disguises import DISGUISES, Disguise
from fairwitness.probes.safety.filter_fairness.estimators import DecidedTexts, Read, read_all
from fairwitness.probes.safety.filter_fairness.items import CASES, DIALECTS, PEOPLE, SENTENCES, Cases, Disguised, Text
from fairwitness.probes.safety.filter_fairness.labels import WORDS, Filter, filter_of
from fairwitness.probes.safety.filter_fairness.measures import MEASURES, metrics_of
from fairwitness.probes.safety.filter_fairness.results import Results
from fairwitness.probes.safety.filter_fairness.tables import evidence_of

HURTFUL = "hurtful"
"""Kind of the controls that are to be flagged."""
BY_GROUP = dots(WORDS, "false_alarm_rate", "detection_rate", compared=("false_alarm_gap", "detection_gap"), by="target")
BY_IDENTITY = Picture(
    kind="dots",
    caption=WORDS("picture.identities"),
    metrics=("identity_alarm_rate",),
    compared=("identity_gap",),
    by="group",
)


class FilterOptions(Options):
    """What flags a text, and which texts are asked."""

    labels: tuple[str, ...] = Field((), description=WORDS("options.labels"))
    threshold: float | None = Field(None, gt=0, lt=1, description=WORDS("options.threshold"))
    hateful: tuple[str, ...] = Field((), description=WORDS("options.hateful"))
    vary: tuple[Disguise, ...] = Field(DISGUISES, description=WORDS("options.vary"))
    varied: int = Field(100, ge=2, description=WORDS("options.varied"))
    limit: int | None = Field(None, ge=2, description=WORDS("options.limit"))


class FilterFairness:
    """One round: the cases of a file, some of them in disguises, our own sentences and the controls."""

    spec = WORDS.spec(
        name="filter_fairness",
        family="safety",
        needs=(("Classify",),),
        data=("filter_cases", "filter_sentences", "filter_people", "filter_dialects", CONTROLS),
    )
    options: type[Options] = FilterOptions
    metrics = specs_of(*MEASURES)

    def run(self, ctx: Context) -> ProbeRun:
        """Asks all at once. Raises DoesNotApply for labels that nobody knows, in the model or in the file."""
        options: FilterOptions = ctx.options
        cases = items.cases_of(ctx.data[CASES.name], options.hateful) if CASES.name in ctx.data else Cases()
        asked = _drawn(cases.texts, options.limit, ctx.seed)
        varied = items.disguised_texts(
            _drawn(items.plain_texts(asked), options.varied, ctx.seed, each=True), options.vary
        )
        texts = Own(ctx)
        everything = [*texts.controls, *texts.identities, *texts.dialects, *asked, *(entry.changed for entry in varied)]
        answers = yield from ask(Classify(text.text) for text in everything)
        known = [scores for answer in answers.values() if (scores := finite(answer)) is not None]
        if not known:
            raise WORDS.does_not_apply("absent.silent", "unanswered", count=len(answers))
        chosen = filter_of(known[0], options.labels, options.threshold)
        decided = _decisions(answers, chosen)
        results = Results(
            controls=read_all(decided, texts.controls),
            identities=read_all(decided, texts.identities),
            dialects=read_all(decided, texts.dialects),
            cases=read_all(decided, asked) if asked else None,
            disguises=_disguised(varied, decided),
            seed=ctx.seed,
        )
        evidence = evidence_of(results)
        there = {table.id for table in evidence}
        metrics = metrics_of(results)
        return Findings(
            metrics=[replace(entry, evidence=tuple(id for id in entry.evidence if id in there)) for entry in metrics],
            evidence=evidence,
            notes=_notes(results, cases, chosen),
            items=_items(results),
            pictures=[BY_GROUP, BY_IDENTITY] if results.named else [BY_IDENTITY],
        )


class Own:
    """The texts that come with us."""

    def __init__(self, ctx: Context) -> None:
        controls = rows_of(ctx.data[CONTROLS.name], CONTROLS.columns)
        self.controls = [Text(text, kind == HURTFUL, items.NO_GROUP, kind, text) for kind, text in controls]
        self.identities = items.neutral_texts(ctx.data[SENTENCES.name], ctx.data[PEOPLE.name])
        self.dialects = items.dialect_texts(ctx.data[DIALECTS.name])


PROBE = FilterFairness()


def _drawn(texts: Sequence[Text], limit: int | None, seed: int, *, each: bool = False) -> list[Text]:
    """At most so many texts, in turns from each group and label; with `each` so many of each label."""
    if limit is None:
        return list(texts)
    if each:
        sides = ([text for text in texts if text.hateful == hateful] for hateful in (True, False))
        return [text for side in sides for text in _drawn(side, limit, seed)]
    return balanced(texts, lambda text: (text.group, text.hateful), limit, seed)


def _decisions(answers: Mapping[Request, Answer], chosen: Filter) -> dict[str, Read | None]:
    """Whether each text is flagged, None without a finite answer."""
    decided: dict[str, Read | None] = {}
    for request, answer in answers.items():
        scores = finite(answer)
        if isinstance(request, Classify):
            text = Text(request.text, False, items.NO_GROUP, "", "")
            unread = scores is not None and bool(scores.unread)
            decided[request.text] = None if scores is None else Read(text, chosen.flagged(scores), unread)
    return decided


def _disguised(
    varied: Sequence[Disguised], decided: Mapping[str, Read | None]
) -> dict[Disguise, tuple[DecidedTexts, DecidedTexts]]:
    """Of each disguise the texts in it and as they are.

    A text in a disguise counts as it is decided, read whole or not: that is how a disguise works.
    """
    parts: dict[Disguise, tuple[DecidedTexts, DecidedTexts]] = {}
    for name in dict.fromkeys(entry.disguise for entry in varied):
        here = [entry for entry in varied if entry.disguise == name]
        changed = read_all(decided, [entry.changed for entry in here], whole=False)
        parts[name] = changed, read_all(decided, [entry.plain for entry in here], whole=False)
    return parts


def _items(results: Results) -> ScoredItems:
    """Every case and every text of ours but the controls, by its content."""
    parts = [part for part in (results.cases, results.identities, results.dialects) if part is not None]
    read, lost = [entry for part in parts for entry in part.read], [text for part in parts for text in part.lost]
    rows: list[tuple[Text, Read | None]] = scored_or_not(read, lost, lambda entry: entry.text)
    return scored_items(
        rows,
        id=lambda text: content_id(text.text),
        scores={"flagged": lambda entry: float(entry.flagged)},
        clusters={
            "group": lambda text: text.group,
            "functionality": lambda text: text.kind,
            "template": lambda text: text.cluster,
        },
    )


def _notes(results: Results, cases: Cases, chosen: Filter) -> list[str]:
    """What counts as flagged, how the file was read, what was not read, and what is hidden."""
    labels = Name(", ".join(chosen.flags))
    flags = WORDS("note.flags", labels=labels)
    if chosen.threshold is not None:
        flags = WORDS("note.flags_from", labels=labels, threshold=f"{chosen.threshold:g}")
    notes = [flags]
    ours = [results.identities, results.dialects, results.controls]
    lost, total = sum(len(part.lost) for part in ours), sum(part.size for part in ours)
    here = results.cases or DecidedTexts([])
    if lost or here.lost:
        notes.append(CHECK + WORDS("note.unread", missing=len(here.lost), total=here.size, own=lost, total_own=total))
    if results.cases is not None:
        read = Name(", ".join(cases.hateful)), Name(", ".join(cases.harmless)[:200])
        notes.append(CHECK + WORDS("note.labels", hateful=read[0], harmless=read[1]))
        notes += [CHECK + WORDS("note.empty", count=cases.empty)] if cases.empty else []
        notes += [CHECK + WORDS("note.no_templates")] if not cases.templates else []
        if here.size < len(cases.texts):
            notes.append(WORDS("note.drawn", count=here.size, total=len(cases.texts)))
        notes.append(WORDS("note.hidden"))
    if (why := results.cases_invalid) is not None:
        notes.append(WORDS("note.validity", reason=why.reason))
    return notes
