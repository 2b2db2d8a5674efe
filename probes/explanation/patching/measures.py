"""The metrics of patching: how far apart the texts of a pair are, where it arrives, and which parts carry it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from fairwitness.audit import reasons, stats
from fairwitness.audit.patches import OUTPUTS
from fairwitness.audit.records import Estimate, Metric, Undefined
from fairwitness.probes.explanation.patching.effects import LEAST_PAIRS, TOLERANCE, PairEffects
from fairwitness.probes.explanation.patching.items import WORDS, Pair
from fairwitness.probes.explanation.patching.tables import HeadRow, Read
from fairwitness.probes.kit.measures import Measure

Outcome: TypeAlias = Estimate | Undefined
LEAST_SHARE = 0.5
"""Share of the pairs whose texts must be far enough apart."""
ONE_WAY = 0.01
"""Level at which the first texts must differ from the second ones in one direction."""
MOST_NAMED = 10
"""Heads and outputs of layers that get a claim of their own."""

DIFFERENCE = Measure(
    name="pair_difference",
    words=WORDS,
    unit="log-odds",
    better="none",
    role="description",
    headline=False,
    tags=("patching",),
    evidence=("pairs",),
)
ARRIVAL = replace(DIFFERENCE, name="arrival_depth", unit="share of layers", null=None, evidence=("residual", "pairs"))
OUTPUT = replace(DIFFERENCE, name="output_effect", unit="share of the difference", scope="group", evidence=("outputs",))
HEAD = replace(OUTPUT, name="head_effect", evidence=("head-list", "heads"))
MEASURES = (DIFFERENCE, ARRIVAL, OUTPUT, HEAD)


@dataclass(frozen=True, slots=True)
class Pooled:
    """All pairs that were patched, and how means over them are taken: pairs of the same words are one unit."""

    reads: Sequence[Read]
    seed: int

    @property
    def effects(self) -> list[PairEffects]:
        """Those whose texts are far enough apart."""
        return [read.effects for read in self.reads if read.effects is not None]

    def mean(self, values: Sequence[float], pairs: Sequence[Pair]) -> Outcome:
        """The mean over pairs of words, each of the same weight, with a t or bootstrap interval."""
        return stats.mean(values, [repr(pair.words) for pair in pairs], seed=self.seed, weigh="clusters")

    def difference(self) -> Outcome:
        """The target on first texts less that on their counterparts, in log-odds, over all pairs."""
        return self.mean([read.value - read.other for read in self.reads], [read.pair for read in self.reads])

    def arrival(self) -> Outcome:
        """The depth at which half of the difference has arrived."""
        known = [(effect.arrival, effect.pair) for effect in self.effects]
        kept = [(value, pair) for value, pair in known if value is not None]
        if len(kept) < len(known) * LEAST_SHARE:
            return WORDS.undefined("reason.no_arrival", "no_value", count=len(known) - len(kept), total=len(known))
        values, pairs = [value for value, _ in kept], [pair for _, pair in kept]
        clusters = [repr(pair.words) for pair in pairs]
        return stats.mean(values, clusters, bounds=(0.0, 1.0), seed=self.seed, weigh="clusters")

    def outputs(self) -> dict[tuple[str, int], Outcome]:
        """The effect of each output of each layer, by its name and the number of its layer."""
        used = [effect.pair for effect in self.effects]
        layers = range(self.effects[0].layers)
        return {
            (output, layer): self.mean([float(effect.outputs[layer, place]) for effect in self.effects], used)
            for place, output in enumerate(OUTPUTS)
            for layer in layers
        }


def problem_of(pooled: Pooled, least: float) -> Undefined | None:
    """Why nothing may be concluded about parts: too few pairs, patching that does not add up, texts that are alike.

    A model that does not tell the two texts apart in one direction carries no difference: what parts of it move then is
    noise, however surely they move it.
    """
    effects, total = pooled.effects, len(pooled.reads)
    off = [effect for effect in effects if effect.off > TOLERANCE]
    if off:
        worst = max(effect.off for effect in off)
        return _invalid("checks", count=len(off), total=len(effects), worst=f"{worst:.2g}")
    if len(effects) < LEAST_SHARE * total:
        return _invalid("alike", count=total - len(effects), total=total, least=f"{least:g}")
    units = len({effect.pair.words for effect in effects})
    if units < LEAST_PAIRS:
        return reasons.few(units, LEAST_PAIRS, WORDS("unit.pairs"))
    values = [read.value - read.other for read in pooled.reads]
    clusters = [repr(read.pair.words) for read in pooled.reads]
    if stats.mean_pvalue(values, 0.0, clusters, weigh="clusters") >= ONE_WAY:
        return _invalid("both_ways", total=total)
    return None


def _invalid(name: str, **values: object) -> Undefined:
    return WORDS.undefined(f"validity.{name}", "validity_check", "not_interpretable", **values)


def metrics(pooled: Pooled, problem: Undefined | None) -> list[Metric]:
    """The difference, its arrival, and the outputs of layers that carry some of it, the largest first."""
    behind = ARRIVAL.evidence if pooled.effects else DIFFERENCE.evidence
    listed = [DIFFERENCE.metric(pooled.difference()), ARRIVAL.metric(problem or pooled.arrival(), evidence=behind)]
    if problem is not None:
        return [*listed, OUTPUT.metric(problem, evidence=(), part=WORDS("part.any"))]
    effects = pooled.outputs()
    made = OUTPUT.of_each(effects, lambda key: _part(*key))
    sizes = [abs(effect.value) if isinstance(effect, Estimate) else 0.0 for effect in effects.values()]
    order = sorted(range(len(made)), key=lambda place: -sizes[place])
    return [*listed, *(made[place] for place in order[:MOST_NAMED])]


def _part(output: str, layer: int) -> Mapping[str, object]:
    part = WORDS(f"part.{output}", layer=layer + 1)
    return {"by": {"part": part}, "part": part}


def head_metrics(rows: Sequence[HeadRow], problem: Undefined | None) -> list[Metric]:
    """The heads that are named; where none is, the one of the largest effect, of which nothing is claimed."""
    if problem is not None or not rows:
        missing = problem or WORDS.undefined("reason.no_heads", "unanswered")
        return [HEAD.metric(missing, evidence=(), head=WORDS("part.any_head"))]
    chosen = [row for row in rows if row.named][:MOST_NAMED] or list(rows[:1])
    metrics = []
    for row in chosen:
        head = WORDS("part.head", layer=row.layer + 1, head=row.head + 1)
        metrics.append(HEAD.metric(row.effect, by={"head": head}, survives=row.named, head=head))
    return metrics
