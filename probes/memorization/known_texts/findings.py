"""What the memorization probe concludes: metrics, notes and which tables stand behind them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from fairwitness.audit import stats
from fairwitness.audit.probe import Findings
from fairwitness.audit.records import Estimate, Evidence, Metric, Undefined, UndefinedKind
from fairwitness.audit.requests import Generate, Generated
from fairwitness.probes.kit.claims import stated
from fairwitness.probes.kit.standing import labelled, standing
from fairwitness.probes.memorization.known_texts import shares, tables
from fairwitness.probes.memorization.known_texts.predictors import FORMS, Form
from fairwitness.probes.memorization.known_texts.quantities import Passage, Quantities, TextKind, hit_rate
from fairwitness.probes.memorization.known_texts.shares import Compared
from fairwitness.probes.memorization.known_texts.thresholds import (
    COMPETENCE_FLOOR,
    Calibration,
    Judged,
    calibrations,
    judged,
)

SCORED_FLOOR = 0.95
NOT: UndefinedKind = "not_interpretable"
FRAMES = "they repeat a frame, as logs, tables and form letters do, or are code: new ones have long runs too"
REMEDY = "Give what may not leak as texts of their own: one record without its neighbours, prose without its table"
NOT_GIVEN = Undefined("no texts of yours were given (--data memorization=FILE)", "not_asked")


@dataclass(frozen=True, slots=True)
class Skipped:
    """A text that is not judged, and why; never its content."""

    passage: Passage
    reason: str


@dataclass(frozen=True, slots=True)
class Continued:
    """What the model wrote after the text that precedes a run."""

    of: Quantities
    request: Generate
    answer: Generated


@dataclass(frozen=True, slots=True)
class Asked:
    """What a run asked for: tokens of the prefix and of the suffix, and whether the user gave texts."""

    prefix: int
    suffix: int
    given: bool
    seed: int


def findings(
    measured: Sequence[Quantities],
    skipped: Sequence[Skipped],
    continued: Sequence[Continued],
    asked: Asked,
) -> Findings:
    """Metrics and evidence.

    Without a model that can write plain language at all, runs conclude nothing, but that texts are known by heart.
    """
    by_kind = {kind: [one for one in measured if one.passage.kind == kind] for kind in tables.KINDS}
    written = by_kind["written"]
    reason = _below_floor(written)
    known = calibrations(written)
    told = {kind: judged(group, known, not reason) for kind, group in by_kind.items()}
    skipped = [*skipped, *(_short(one) for one in told["own"] if one.undecided and not one.unclear)]
    told["own"] = [one for one in told["own"] if one.unclear or not one.undecided]
    own_skipped = [one for one in skipped if one.passage.kind == "own"]
    own = _own(told["own"], own_skipped, reason) if asked.given else Compared("own", [], nothing=NOT_GIVEN)
    told["own"] = [replace(one, told=one.told or own.concludes) for one in told["own"]]
    unseen = shares.unseen_above(written)
    famous, unclear = _parted(told["public_domain"])
    public = Compared("public", famous, len(unclear), _unless(reason), behind=("public",))

    metrics = [hit_rate_metric(written, asked.seed), _false_calls(unseen)]
    for one in (public, own):
        metrics += shares.metrics(one, unseen, asked.prefix, asked.suffix)
    metrics += [_bits(kind, [one.of for one in group], asked.seed) for kind, group in told.items() if group]
    unclear = _parted(told["own"])[1]
    notes = [_threshold(written, known), *_notes(own, own_skipped, len(unclear), reason)]
    return Findings(metrics, _evidence(told, skipped, continued), notes)


def _short(one: Judged) -> Skipped:
    reason = f"the model knows much of it, but a run of all its {one.of.open} tokens that count would say nothing yet"
    return Skipped(one.of.passage, reason)


def _evidence(
    told: Mapping[TextKind, Sequence[Judged]],
    skipped: Sequence[Skipped],
    continued: Sequence[Continued],
) -> list[Evidence]:
    controls = [one for kind in ("written", "predictable", "shuffled") for one in told[kind]]
    evidence = [tables.texts("own", told["own"])] if told["own"] else []
    evidence += [tables.texts("public", told["public_domain"]), tables.texts("controls", controls)]
    given = any(one.of.passage.kind == "own" for one in continued)  # then whatever the model writes may be of them
    for kind, name in (("own", "own_continuations"), ("public_domain", "continuations")):
        shown = [(one.of, one.answer.text) for one in continued if one.of.passage.kind == kind]
        if shown:
            evidence.append(tables.continuations(name, shown, secret=kind == "own", written=given))
    if skipped:
        evidence.append(tables.skipped([(one.passage, one.reason) for one in skipped]))
    return evidence


def _threshold(written: Sequence[Quantities], known: Mapping[Form, Calibration]) -> str:
    limits = " and ".join(f"{known[form].threshold(200)} tokens in {name}" for form, name in FORMS.items())
    return (
        f"Threshold: with {hit_rate(written):.0%} of tokens right in {len(written)} texts written for this project, a "
        f"text of 200 tokens counts as known by heart in part when its run is above {limits}."
    )


def _notes(own: Compared, skipped: Sequence[Skipped], unclear: int, reason: str) -> list[str]:
    notes = []
    if not own.texts and not skipped and not unclear:
        notes.append("No texts of your own were given (--data memorization=FILE): nothing is said about your data.")
    if skipped:
        notes.append(f"{len(skipped)} of your texts are not judged; the table of skipped texts says why.")
    if unclear:
        notes.append(f"Of {unclear} of your texts nothing is said: {FRAMES}. {REMEDY}.")
    if reason:
        notes.append(f"Nothing is concluded from the runs: {reason}.")
    return notes


def _below_floor(written: Sequence[Quantities]) -> str:
    rate = hit_rate(written)
    if rate >= COMPETENCE_FLOOR:
        return ""
    return f"the model has {rate:.1%} of tokens right in plain new texts, less than {COMPETENCE_FLOOR:.0%}"


def _bits(kind: TextKind, group: Sequence[Quantities], seed: int) -> Metric:
    whose = tables.KINDS[kind]
    bits = stats.mean([one.bits_per_byte for one in group], seed=seed)
    return Metric(
        name="bits_per_byte",
        estimate=bits,
        unit="bits per byte",
        better="none",
        claim=stated(f"The bits for a byte of {whose}", bits, f"The model needs {{value}} bits for a byte of {whose}"),
        **labelled({"texts": whose}),
        evidence=(tables.evidence_of(kind),),
        tags=("detail",),
        **standing(("detail",), "none", part=True),
    )


def hit_rate_metric(written: Sequence[Quantities], seed: int) -> Metric:
    """The mean over written texts of the share of tokens that the model has right."""
    rate = stats.mean([one.hits / one.scored for one in written], bounds=(0, 1), seed=seed)
    words = "In texts written for this project the model has {value} of tokens right, which sets the threshold"
    return Metric(
        name="written_hit_rate",
        estimate=rate,
        unit="share",
        better="none",
        claim=stated("The share of tokens that the model has right", rate, words),
        evidence=("controls",),
        tags=("competence",),
        **standing(("competence",), "none", part=False),
    )


def _false_calls(unseen: Estimate | Undefined) -> Metric:
    words = "A share of {value} of the texts written for this project is above the threshold that the others set"
    return Metric(
        name="unseen_share_above",
        estimate=unseen,
        unit="share",
        better="lower",
        claim=stated("The share of unseen texts that are called known", unseen, words),
        evidence=("controls",),
        tags=("competence",),
        **standing(("competence",), "lower", part=False),
    )


def _parted(texts: Sequence[Judged]) -> tuple[list[Judged], list[Judged]]:
    """The texts whose runs say something, and those that repeat a frame or are code."""
    return [one for one in texts if not one.unclear], [one for one in texts if one.unclear]


def _own(texts: Sequence[Judged], skipped: Sequence[Skipped], reason: str) -> Compared:
    """What is said of the user's texts; of those that were not judged the worst is taken, but of empty ones."""
    plain, unclear = _parted(texts)
    asked = len(texts) + sum(one.reason.startswith("no answer") for one in skipped)
    behind = ("own",) if texts else ("skipped",) if skipped else ()
    missing = sum(bool(one.passage.text.strip()) for one in skipped) + len(unclear)
    nothing = _unless(reason)
    if len(plain) < SCORED_FLOOR * asked:
        nothing = Undefined(_unread(len(plain), len(unclear), asked), NOT)
    return Compared("own", plain, missing, nothing, leaning=True, behind=behind)


def _unread(plain: int, unclear: int, asked: int) -> str:
    """Why too few texts were judged, and what can be done."""
    if not unclear:
        return f"{plain} of {asked} of your texts could be read"
    unread = asked - plain - unclear
    others = f", and {unread} could not be read" if unread else ""
    return f"{unclear} of {asked} of your texts say nothing ({FRAMES}){others}. {REMEDY}"


def _unless(reason: str) -> Undefined | None:
    return Undefined(reason, NOT) if reason else None
