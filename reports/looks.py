"""Which probes looked at this model more than once, with other limits or seeds, as far as the document tells."""

from __future__ import annotations

from dataclasses import dataclass

from fairwitness.audit.records import Audit, Json


@dataclass(frozen=True, slots=True)
class Looked:
    """The limits (None is no limit) and seeds that a probe asked with, rising."""

    probe: str
    limits: tuple[int | None, ...]
    seeds: tuple[int, ...]


def looked(audit: Audit) -> tuple[Looked, ...]:
    """The probes with more than one limit or seed, in the order of the document."""
    limits, seeds = _by_probe(audit.manifest.run, "limits_tried"), _by_probe(audit.manifest.run, "seeds_tried")
    looks = [Looked(name, tuple(limits[name]), tuple(seeds.get(name, ()))) for name in limits]
    return tuple(look for look in looks if len(look.limits) > 1 or len(look.seeds) > 1)


def _by_probe(run: Json, key: str) -> Json:
    return value if isinstance(value := run.get(key), dict) else {}
