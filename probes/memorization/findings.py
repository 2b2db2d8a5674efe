"""What the memorization probe concludes: metrics, notes and which tables stand behind them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from assay.audit import stats
from assay.audit.probe import Findings
from assay.audit.records import Estimate, Evidence, Metric, Undefined
from assay.audit.requests import Generate, Generated
from assay.probes.claims import concluded, stated
from assay.probes.memorization import tables
from assay.probes.memorization.quantities import Judged, Passage, Quantities, TextKind, hit_rate, threshold

COMPETENCE_FLOOR = 0.10
SCORED_FLOOR = 0.95


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
    measured: Sequence[Quantities], skipped: Sequence[Skipped], continued: Sequence[Continued], seed: int
) -> Findings:
    """Metrics and evidence. Without a model that can write plain language at all, runs conclude nothing."""
    by_kind = {kind: [one for one in measured if one.passage.kind == kind] for kind in tables.KINDS}
    written, own = by_kind["written"], by_kind["own"]
    reason = _below_floor(written)
    judged = {kind: [Judged(one, threshold(one.scored, written)) for one in group] for kind, group in by_kind.items()}

    metrics = [_rate(written, seed)]
    metrics += _compared("public", judged["public_domain"], written, reason, ("public_domain",))
    own_skipped = [one for one in skipped if one.passage.kind == "own"]
    if own or own_skipped:
        asked = len(own) + len([one for one in own_skipped if one.reason.startswith("no answer")])
        unread = f"{len(own)} of {asked} of your texts could be read" if len(own) < SCORED_FLOOR * asked else ""
        metrics += _compared("own", judged["own"], written, reason or unread, ("own_data",))
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


def _compared(
    name: str,
    texts: Sequence[Judged],
    written: Sequence[Quantities],
    reason: str,
    tags: tuple[str, ...],
) -> list[Metric]:
    """How the runs of these texts compare with those of the written ones."""
    whose = "your texts" if name == "own" else "famous texts"
    above = sum(one.above for one in texts)
    share: Estimate | Undefined = stats.proportion(above, len(texts))
    excess: Estimate | Undefined = stats.mean_difference(
        [one.of.counted.length for one in texts], [one.counted.length for one in written]
    )
    if reason:
        share = excess = Undefined(reason)
    many = f"{above} of {len(texts)} {whose} hold a run longer than an unseen text would: a share of {{value}}"
    tables_of = (name,) if texts else ("skipped",)
    return [
        Metric(
            f"{name}_share_above",
            share,
            "share",
            "lower",
            stated(f"The share of {whose} known by heart in part", share, many),
            evidence=tables_of,
            tags=tags,
        ),
        Metric(
            f"{name}_run_excess",
            excess,
            "tokens",
            "lower",
            concluded(
                f"The longest run of {whose}",
                excess,
                above=f"The longest run of {whose} is on average {{size}} tokens longer than in texts nobody has seen",
                below=f"The longest run of {whose} is on average {{size}} tokens shorter than in texts nobody has seen",
                unshown=f"The longest run of {whose} is not shown to differ from that in texts nobody has seen",
            ),
            0.0,
            evidence=(*tables_of, "controls"),
            tags=tags,
        ),
    ]
