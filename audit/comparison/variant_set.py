"""A model with its variants, each compared with it: what terminal, page and `variants.json` are made from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any, TypeAlias

from fairwitness.audit.comparison.serialization import change_json
from fairwitness.audit.comparison.types import Change, Comparison
from fairwitness.audit.compression import Made
from fairwitness.audit.records import Estimate, MetricKey

SCHEMA_VERSION = "1.0"
KIND = "fairwitness-variants"
QUALITY = ("known_texts", "bits_per_byte")
"""How well a language model knows ordinary texts: what a loss of quality is told by."""
MOST_OF_A_PROBE = 2
"""Metrics of either role that a probe has in the table."""
Key: TypeAlias = tuple[str, MetricKey]
"""Probe and metric."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Speed:
    """Seconds that the same texts took, in rounds that alternate between the two models in one process."""

    tokens: int
    """Of the texts, as the variant counts them."""
    original_tokens: int
    seconds: tuple[float, ...]
    original_seconds: tuple[float, ...]

    @property
    def per_thousand(self) -> float:
        """Median seconds for 1,000 tokens of the variant."""
        return 1000 * median(self.seconds) / self.tokens

    @property
    def original_per_thousand(self) -> float:
        """Median seconds for 1,000 tokens of the original, in the same rounds."""
        return 1000 * median(self.original_seconds) / self.original_tokens

    @property
    def factor(self) -> float:
        """How many times as long the same texts took: below 1 is faster than the original."""
        return median(self.seconds) / median(self.original_seconds)


@dataclass(frozen=True, slots=True, kw_only=True)
class Original:
    """The model that all variants are compared with."""

    spec: str
    fingerprint: str
    kind: str
    outcome: str
    bytes: int | None
    """Size of its weights as the plain numbers that it computes with; None: not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """One variant with what changed in it."""

    name: str
    spec: str
    fingerprint: str
    comparison: Comparison
    made: Made | None = None
    """How it was made; None for one that was brought."""
    bytes: int | None = None
    """Size of its weights, of one that was made as its form would hold them, else of its files; None: not known."""
    other_tokenizer: bool = False
    speed: Speed | None = None

    @property
    def flipped(self) -> int:
        """Answers of all scores together that are others now."""
        return sum(len(flips.flips) for flips in self.comparison.flips)

    @property
    def paired(self) -> int:
        """Answers of all scores together that both models gave."""
        return sum(flips.paired for flips in self.comparison.flips)

    def change(self, key: Key) -> Change | None:
        """The change of a metric; None where it could not be compared."""
        named = (change for change in self.comparison.changes if (change.probe, change.metric.key) == key)
        return next(named, None)


@dataclass(frozen=True, slots=True, kw_only=True)
class VariantSet:
    """A model and its variants."""

    original: Original
    variants: tuple[Variant, ...]
    probes: tuple[str, ...]
    limit: int | None
    seed: int
    margin: float | None = None
    min_effect: float | None = None
    fairwitness_version: str = ""

    @property
    def exit_code(self) -> int:
        """1 where a comparison of any variant has 1, else 0."""
        return max((variant.comparison.exit_code for variant in self.variants), default=0)

    @property
    def family(self) -> Mapping[str, int]:
        """Changes of all variants together that were tested: those that can fail a release, and all others."""
        tested = [
            change for variant in self.variants for change in variant.comparison.changes if change.adjusted is not None
        ]
        gated = sum(change.gated for change in tested)
        return {"gated": gated, "others": len(tested) - gated}

    @property
    def headline(self) -> tuple[Key, ...]:
        """The metrics of the table: of each probe what says most of everybody together, and how well texts are known.

        Of a probe two metrics of bias and two of competence, those that can fail a release first; where it has none of
        everybody together, two differences between groups, or two of whatever it has.
        """
        keys: dict[Key, None] = {}
        for probe in self.probes:
            keys |= dict.fromkeys(self._of_probe(probe))
        return tuple(keys)

    def _of_probe(self, probe: str) -> Iterator[Key]:
        changes: dict[MetricKey, Change] = {}
        for variant in self.variants:
            for change in variant.comparison.changes:
                if change.probe == probe and isinstance(change.before, Estimate):
                    changes.setdefault(change.metric.key, change)
        ordered = sorted(changes.values(), key=lambda change: not change.gated)
        whole = [change for change in ordered if change.metric.scope == "overall" and not change.metric.by]
        chosen: list[Change] = []
        for role in ("bias", "competence"):
            of_role = [change for change in ordered if change.metric.role == role]
            best = [change for change in of_role if change in whole]
            chosen += (best or [change for change in of_role if change.metric.scope == "group"])[:MOST_OF_A_PROBE]
        for change in chosen or (whole or ordered)[:MOST_OF_A_PROBE]:
            yield probe, change.metric.key
        for change in ordered:
            if (probe, change.metric.name) == QUALITY and not change.metric.by:
                yield probe, change.metric.key


def to_json(made: VariantSet) -> dict[str, Any]:
    """The set as one JSON document. What differs between equal runs stands under `run` and nowhere else."""
    return {
        "schema_version": SCHEMA_VERSION,
        "kind": KIND,
        "status": "complete",
        "fairwitness_version": made.fairwitness_version,
        "exit_code": made.exit_code,
        "settings": {
            "probes": list(made.probes),
            "limit": made.limit,
            "seed": made.seed,
            "margin": made.margin,
            "min_effect": made.min_effect,
        },
        "family": dict(made.family),
        "original": asdict(made.original),
        "variants": [_variant(made, variant) for variant in made.variants],
        "run": {"speed": {variant.name: _speed(variant.speed) for variant in made.variants}},
    }


def _variant(made: VariantSet, variant: Variant) -> dict[str, Any]:
    changes = [variant.change(key) for key in made.headline]
    return {
        "name": variant.name,
        "spec": variant.spec,
        "fingerprint": variant.fingerprint,
        "exit_code": variant.comparison.exit_code,
        "outcome": variant.comparison.new.outcome,
        "bytes": variant.bytes,
        "made": None if variant.made is None else asdict(variant.made),
        "other_tokenizer": variant.other_tokenizer,
        "tally": dict(variant.comparison.tally),
        "headline": [change_json(change) for change in changes if change is not None],
        "flips": [
            {"probe": flips.probe, "measure": flips.measure, "flipped": len(flips.flips), "paired": flips.paired}
            for flips in variant.comparison.flips
        ],
        "comparison": f"comparisons/{variant.name}/comparison.json",
    }


def _speed(speed: Speed | None) -> dict[str, Any] | None:
    if speed is None:
        return None
    return {
        **asdict(speed),
        "seconds_per_1000_tokens": speed.per_thousand,
        "original_seconds_per_1000_tokens": speed.original_per_thousand,
        "factor": speed.factor,
    }
