"""What the memorization probe concludes: metrics, notes and which tables stand behind them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from assay.audit import stats
from assay.audit.probe import Findings
from assay.audit.records import Better, Estimate, Evidence, Metric, Undefined, UndefinedKind
from assay.audit.requests import Generate, Generated
from assay.probes.claims import concluded, stated
from assay.probes.memorization import tables
from assay.probes.memorization.quantities import (
    COMPETENCE_FLOOR,
    Judged,
    Passage,
    Quantities,
    TextKind,
    hit_rate,
    threshold,
)
from assay.probes.unanswered import mean_if_answered
from assay.probes.validity import shown_above

SCORED_FLOOR = 0.95
LEAN = 0.05
"""A share of own texts shown to lie above this is concluded though the model may know no plain language."""
NOT: UndefinedKind = "not_interpretable"
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


def findings(
    measured: Sequence[Quantities],
    skipped: Sequence[Skipped],
    continued: Sequence[Continued],
    seed: int,
    given: bool,
) -> Findings:
    """Metrics and evidence; `given` says whether the user gave texts.

    Without a model that can write plain language at all, runs conclude nothing, but that texts are known by heart.
    """
    by_kind = {kind: [one for one in measured if one.passage.kind == kind] for kind in tables.KINDS}
    written, own = by_kind["written"], by_kind["own"]
    reason = _below_floor(written)
    judged = {kind: [Judged(one, threshold(one.scored, written)) for one in group] for kind, group in by_kind.items()}

    metrics = [_rate(written, seed)]
    metrics += _compared("public", judged["public_domain"], written, _unless(reason), ("public",))
    own_skipped = [one for one in skipped if one.passage.kind == "own"]
    metrics += (
        _own(judged["own"], own_skipped, written, reason) if given else _compared("own", [], written, NOT_GIVEN, ())
    )
    metrics += [_bits(kind, group, seed) for kind, group in by_kind.items() if group]
    return Findings(metrics, _evidence(judged, skipped, continued), _notes(written, own, own_skipped, reason))


def _evidence(
    judged: Mapping[TextKind, Sequence[Judged]],
    skipped: Sequence[Skipped],
    continued: Sequence[Continued],
) -> list[Evidence]:
    controls = [one for kind in ("written", "predictable", "shuffled") for one in judged[kind]]
    evidence = [tables.texts("own", judged["own"])] if judged["own"] else []
    evidence += [tables.texts("public", judged["public_domain"]), tables.texts("controls", controls)]
    for kind, name in (("own", "own_continuations"), ("public_domain", "continuations")):
        shown = [(one.of, one.answer.text) for one in continued if one.of.passage.kind == kind]
        if shown:
            evidence.append(tables.continuations(name, shown, secret=kind == "own"))
    if skipped:
        evidence.append(tables.skipped([(one.passage, one.reason) for one in skipped]))
    return evidence


def _notes(
    written: Sequence[Quantities], own: Sequence[Quantities], skipped: Sequence[Skipped], reason: str
) -> list[str]:
    notes = [
        f"Threshold: with {hit_rate(written):.0%} of tokens right in texts written for this project, a text of 200 "
        f"tokens counts as known by heart in part when its run is above {threshold(200, written)} tokens."
    ]
    if not own and not skipped:
        notes.append("No texts of your own were given (--data memorization=FILE): nothing is said about your data.")
    if skipped:
        notes.append(f"{len(skipped)} of your texts are not judged; the table of skipped texts says why.")
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
        "bits_per_byte",
        bits,
        "bits per byte",
        "none",
        stated(f"The bits for a byte of {whose}", bits, f"The model needs {{value}} bits for a byte of {whose}"),
        by={"texts": whose},
        evidence=(tables.evidence_of(kind),),
        tags=("detail",),
    )


def _rate(written: Sequence[Quantities], seed: int) -> Metric:
    rate = stats.mean([one.hits / one.scored for one in written], bounds=(0, 1), seed=seed)
    words = "In texts written for this project the model has {value} of tokens right, which sets the threshold"
    return Metric(
        "written_hit_rate",
        rate,
        "share",
        "none",
        stated("The share of tokens that the model has right", rate, words),
        evidence=("controls",),
        tags=("competence",),
    )


def _own(
    texts: Sequence[Judged], skipped: Sequence[Skipped], written: Sequence[Quantities], reason: str
) -> list[Metric]:
    """What is said of the user's texts; of those that were not judged the worst is taken, but of empty ones."""
    asked = len(texts) + sum(one.reason.startswith("no answer") for one in skipped)
    behind = ("own",) if texts else ("skipped",) if skipped else ()
    if len(texts) < SCORED_FLOOR * asked:
        reason = f"{len(texts)} of {asked} of your texts could be read"
        return _compared("own", texts, written, _unless(reason), behind)
    share = stats.proportion(sum(one.above for one in texts), len(texts))
    missing = sum(bool(one.passage.text.strip()) for one in skipped)
    return _compared("own", texts, written, _unless(reason), behind, missing, shown_above(share, LEAN))


def _unless(reason: str) -> Undefined | None:
    return Undefined(reason, NOT) if reason else None


def _compared(
    name: str,
    texts: Sequence[Judged],
    written: Sequence[Quantities],
    nothing: Undefined | None,
    behind: tuple[str, ...],
    missing: int = 0,
    known: bool = False,
) -> list[Metric]:
    """How the runs of these texts compare with those of the written ones.

    `nothing` is why they cannot be: it does not hold for the share of texts that are `known` by heart.
    """
    whose = "your texts" if name == "own" else "famous texts"
    above = sum(one.above for one in texts)
    share = mean_if_answered(stats.proportion(above, len(texts)), len(texts), missing, (0.0, 1.0))
    excess: Estimate | Undefined = stats.mean_difference(
        [one.of.counted.length for one in texts], [one.counted.length for one in written]
    )
    if nothing is not None:
        share, excess = (share if known else nothing), nothing
    many = f"{above} of {len(texts)} {whose} hold a run longer than an unseen text would: a share of {{value}}"
    better: Better = "lower" if name == "own" else "none"
    tags = ("own_data",) if name == "own" else ("public_domain",)
    return [
        Metric(
            f"{name}_share_above",
            share,
            "share",
            better,
            stated(f"The share of {whose} known by heart in part", share, many),
            evidence=behind,
            tags=tags,
        ),
        Metric(
            f"{name}_run_excess",
            excess,
            "tokens",
            better,
            concluded(
                f"The longest run of {whose}",
                excess,
                above=f"The longest run of {whose} is on average {{size}} tokens longer than in texts nobody has seen",
                below=f"The longest run of {whose} is on average {{size}} tokens shorter than in texts nobody has seen",
                unshown=f"The longest run of {whose} is not shown to differ from that in texts nobody has seen",
            ),
            0.0,
            evidence=(*behind, "controls"),
            tags=tags,
        ),
    ]
